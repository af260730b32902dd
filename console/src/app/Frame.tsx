import Alert from "@cloudscape-design/components/alert";
import AppLayout from "@cloudscape-design/components/app-layout";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SideNavigation, {
  type SideNavigationProps,
} from "@cloudscape-design/components/side-navigation";
import TopNavigation, {
  type TopNavigationProps,
} from "@cloudscape-design/components/top-navigation";
import { useEffect, useState, useSyncExternalStore } from "react";

import { AccessContext } from "../data/access";
import { clientOf } from "../data/client";
import { LiveHub } from "../data/live";
import { EVERY_TENANT, may } from "../session/principal";
import type { Session } from "../session/session";
import { useText } from "../text/text";
import { LANGUAGES } from "../text/texts";
import { ActionDialog } from "../ui/ActionDialog";
import { Page } from "../ui/Page";
import { Crashes } from "./Crashes";
import { chooseDark, isDark } from "./mode";
import { PAGES, PageOf } from "./pages";
import { go, hrefOf, usePlace } from "./router";

const KEPT_TENANT = "console.tenant";
const LANGUAGE_NAMES = { en: "English", ja: "日本語" } as const;

/** What is around every page: the tenant, the language, the way to the other pages. */
export function Frame({ session }: { session: Session }) {
  const { t } = useText();
  const place = usePlace();
  const [isAsking, setAsking] = useState(false);
  const [isEnded, setEnded] = useState(false);
  const [isDrawn, setDrawn] = useState(() => window.innerWidth > 1100);
  const tenant = place.tenant;
  const isMine = isOf(session, tenant);

  useEffect(() => session.whenEnded(() => setEnded(true)), [session]);
  useEffect(() => {
    if (tenant === "") {
      const first = firstTenant(session);
      if (first !== undefined) go(hrefOf(first, firstPage(session)));
    } else if (isMine) localStorage.setItem(KEPT_TENANT, tenant);
  }, [session, tenant, isMine]);

  return (
    <>
      <nav aria-label={t("app.skip")}>
        <button type="button" className="skip" onClick={focusContent}>
          {t("app.skip")}
        </button>
      </nav>
      <div id="frame-top">
        <Top session={session} tenant={tenant} ask={() => setAsking(true)} />
      </div>
      <AppLayout
        headerSelector="#frame-top"
        toolsHide
        navigationOpen={isDrawn}
        onNavigationChange={({ detail }) => setDrawn(detail.open)}
        navigation={
          <SideNavigation
            activeHref={hrefOf(tenant, place.page)}
            items={itemsOf(session, tenant, t)}
            onFollow={() => setDrawn((before) => before && window.innerWidth > 1100)}
          />
        }
        notifications={<Offline />}
        content={
          tenant !== "" && isMine ? (
            <Tenant key={tenant} session={session} tenant={tenant} />
          ) : (
            <NoTenant session={session} tenant={tenant} ask={() => setAsking(true)} />
          )
        }
      />
      {isAsking && <TenantDialog session={session} close={() => setAsking(false)} />}
      {isEnded && <Ended session={session} close={() => setEnded(false)} />}
    </>
  );
}

function focusContent(): void {
  const main = document.querySelector("main");
  if (main === null) return;
  main.tabIndex = -1;
  main.focus();
}

function Tenant({ session, tenant }: { session: Session; tenant: string }) {
  const place = usePlace();
  const [access] = useState(() => ({ client: clientOf(session, tenant), session, tenant }));
  const [live, setLive] = useState<LiveHub>();
  useEffect(() => {
    const hub = new LiveHub(access.client);
    // A hub lives as long as this effect: a closed one stays closed.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setLive(hub);
    return () => hub.close();
  }, [access]);
  if (live === undefined) return null;
  return (
    <AccessContext value={{ ...access, live }}>
      <Crashes key={[place.page, ...place.parts].join("/")}>
        <PageOf place={place} />
      </Crashes>
    </AccessContext>
  );
}

interface TopProps {
  session: Session;
  tenant: string;
  ask: () => void;
}

function Top({ session, tenant, ask }: TopProps) {
  const { t, language, choose } = useText();
  const [dark, setDark] = useState(isDark);
  const { principal } = session;
  const named = principal.tenants.filter((name) => name !== EVERY_TENANT);
  const roles = [...principal.roles].join(", ") || t("app.noRole");
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: "menu-dropdown",
      text: tenant || t("app.tenant"),
      ariaLabel: t("app.tenantNamed", { name: tenant }),
      iconName: "group",
      items: [
        ...named.map((name) => ({ id: `tenant:${name}`, text: name, href: hrefOf(name, firstPage(session)) })),
        ...(principal.tenants.includes(EVERY_TENANT)
          ? [{ id: "other", text: t("app.switchTenant") }]
          : []),
      ],
      onItemClick: ({ detail }) => {
        if (detail.id === "other") ask();
      },
    },
    {
      type: "menu-dropdown",
      iconName: "settings",
      ariaLabel: t("app.settings"),
      title: t("app.settings"),
      items: [
        ...LANGUAGES.map((one) => ({
          id: one,
          text: LANGUAGE_NAMES[one],
          disabled: one === language,
        })),
        { id: "mode", text: t(dark ? "app.lightMode" : "app.darkMode") },
      ],
      onItemClick: ({ detail }) => {
        const chosen = LANGUAGES.find((one) => one === detail.id);
        if (chosen !== undefined) choose(chosen);
        else {
          chooseDark(!dark);
          setDark(!dark);
        }
      },
    },
    {
      type: "menu-dropdown",
      text: principal.name,
      description: t("app.roles", { names: roles }),
      iconName: "user-profile",
      items: [{ id: "out", text: t("app.signOut") }],
      onItemClick: () => session.signOut(),
    },
  ];
  return (
    <TopNavigation
      identity={{
        href: hrefOf(tenant, firstPage(session)),
        title: session.environment,
        logo: { src: "/icon.svg", alt: t("app.title") },
      }}
      utilities={utilities}
    />
  );
}

type Say = ReturnType<typeof useText>["t"];

function itemsOf(session: Session, tenant: string, t: Say): SideNavigationProps.Item[] {
  return PAGES.filter(({ right }) => may(session.principal, right)).map(({ name, title }) => ({
    type: "link",
    text: t(title),
    href: hrefOf(tenant, name),
  }));
}

function Offline() {
  const { t } = useText();
  const isOnline = useSyncExternalStore(watchConnection, () => navigator.onLine);
  return isOnline ? null : <Alert type="warning">{t("live.offline")}</Alert>;
}

function watchConnection(changed: () => void): () => void {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
}

function NoTenant({ session, tenant, ask }: TopProps) {
  const { t } = useText();
  const isAnybody = session.principal.tenants.length > 0;
  if (tenant === "" && firstTenant(session) !== undefined) return null;
  return (
    <Page title={tenant === "" ? t("app.tenant") : t("app.tenantNamed", { name: tenant })}>
      <Alert
        type="warning"
        action={
          session.principal.tenants.includes(EVERY_TENANT) && (
            <Button onClick={ask}>{t("app.switchTenant")}</Button>
          )
        }
      >
        {isAnybody && tenant !== "" ? t("app.notYourTenant", { name: tenant }) : t("app.noTenant")}
      </Alert>
    </Page>
  );
}

function TenantDialog({ session, close }: { session: Session; close: () => void }) {
  const { t } = useText();
  const [code, setCode] = useState("");
  const [isTried, setTried] = useState(false);
  const isTenant = code.trim() !== "" && isOf(session, code.trim());
  const submit = () => {
    setTried(true);
    if (!isTenant) return;
    go(hrefOf(code.trim(), firstPage(session)));
    close();
  };
  return (
    <ActionDialog title={t("app.switchTenant")} does={t("app.switchTenant")} act={submit} isRunning={false} close={close}>
      <FormField
        label={t("app.tenantCode")}
        errorText={isTried && !isTenant ? t("app.tenantCodeNeeded") : undefined}
      >
        <Input value={code} onChange={({ detail }) => setCode(detail.value)} />
      </FormField>
    </ActionDialog>
  );
}

function Ended({ session, close }: { session: Session; close: () => void }) {
  const { t } = useText();
  return (
    <ActionDialog
      title={t("app.sessionEnded")}
      does={t("app.signInAgain")}
      act={() => void session.signIn()}
      isRunning={false}
      leaves={t("common.close")}
      close={close}
    >
      {t("app.sessionEndedText")}
    </ActionDialog>
  );
}

function isOf(session: Session, tenant: string): boolean {
  const { tenants } = session.principal;
  if (tenant === EVERY_TENANT || tenant.trim() !== tenant) return false;
  return tenants.includes(EVERY_TENANT) || tenants.includes(tenant);
}

/** The first page that the principal may see. */
function firstPage(session: Session): string {
  return PAGES.find(({ right }) => may(session.principal, right))?.name ?? "overview";
}

/** The tenant that was shown last, or the first of the principal's. */
function firstTenant(session: Session): string | undefined {
  const kept = localStorage.getItem(KEPT_TENANT);
  if (kept !== null && isOf(session, kept)) return kept;
  return session.principal.tenants.find((name) => name !== EVERY_TENANT);
}
