import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import type { Schemas } from "@command-workflows/client";
import { useState } from "react";

import { go, hrefOf } from "../app/router";
import type { PageProps } from "../app/pages";
import { useAccess, useMay } from "../data/access";
import { useApplication } from "../data/useApplication";
import { usePages } from "../data/usePages";
import { useText } from "../text/text";
import { BigTable } from "../ui/BigTable";
import { LoadingState } from "../ui/Loading";
import { Page } from "../ui/Page";
import { ItemPage } from "./items/ItemPage";
import { PublishDialog } from "./items/PublishDialog";

/** Find items, or show one. */
export default function Items({ place }: PageProps) {
  const [type, id] = place.parts;
  if (type !== undefined && id !== undefined) return <ItemPage key={`${type}#${id}`} type={type} id={id} />;
  return <Finder key={type ?? ""} chosen={type ?? ""} />;
}

function Finder({ chosen }: { chosen: string }) {
  const { t } = useText();
  const { tenant } = useAccess();
  const application = useApplication();
  const mayPublish = useMay("publish");
  const [type, setType] = useState(chosen);
  const [id, setId] = useState("");
  const [isPublishing, setPublishing] = useState(false);
  const types = Object.keys(application.data?.itemTypes ?? {});
  const show = () => {
    if (type.trim() === "") return;
    go(hrefOf(tenant, "items", type.trim(), ...(id.trim() === "" ? [] : [id.trim()])));
  };
  return (
    <Page
      title={t("items.title")}
      actions={
        mayPublish && (
          <Button onClick={() => setPublishing(true)}>{t("items.publishNew")}</Button>
        )
      }
    >
      <LoadingState of={application} />
      <Container header={<Header variant="h2">{t("items.find")}</Header>}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            show();
          }}
        >
          <ColumnLayout columns={3}>
            <FormField label={t("common.type")} description={t("items.typeHint")}>
              <Autosuggest
                value={type}
                onChange={({ detail }) => setType(detail.value)}
                options={types.map((value) => ({ value }))}
                enteredTextLabel={(value) => value}
                empty={t("common.none")}
              />
            </FormField>
            <FormField label={t("common.id")} description={t("items.idHint")}>
              <Input value={id} onChange={({ detail }) => setId(detail.value)} />
            </FormField>
            <FormField label={<span className="only-read">{t("items.show")}</span>} description={" "}>
              <Button variant="primary" formAction="submit">
                {t("items.show")}
              </Button>
            </FormField>
          </ColumnLayout>
        </form>
      </Container>
      {chosen !== "" && <List type={chosen} />}
      {isPublishing && (
        <PublishDialog
          type={type}
          types={application.data?.itemTypes ?? {}}
          close={() => setPublishing(false)}
        />
      )}
    </Page>
  );
}

type Item = Schemas["ItemState"];

function List({ type }: { type: string }) {
  const { t, moment } = useText();
  const { client, tenant } = useAccess();
  const listed = usePages<Item>(
    `items/${tenant}/${type}`,
    async (cursor, signal) => {
      const query = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
      const { data } = await client.operations.listItems({ path: { type }, query, signal });
      return { entries: data.items, cursor: data.cursor, damaged: data.damaged.length };
    },
    ({ id }) => id,
    { follow: { actions: ["command-status"], pk: `${type}#${tenant}` } },
  );
  return (
    <Container header={<Header variant="h2">{t("items.list", { type })}</Header>}>
      <LoadingState of={listed} />
      <BigTable
        label={t("items.list", { type })}
        rows={listed.entries}
        keyOf={({ id }) => id}
        empty={t("items.none")}
        isLoading={listed.isLoading}
        isUnknown={listed.data === undefined}
        more={listed.more}
        columns={[
          {
            id: "id",
            header: t("common.id"),
            width: 140,
            cell: ({ id }) => <Link href={hrefOf(tenant, "items", type, id)}>{id}</Link>,
          },
          { id: "name", header: t("common.name"), width: 240, cell: ({ name }) => name },
          { id: "version", header: t("common.version"), width: 100, cell: ({ version }) => version },
          {
            id: "updated",
            header: t("common.updated"),
            width: 200,
            isElsewhere: true,
            cell: ({ updated_at: at }) => moment(at),
          },
        ]}
      />
    </Container>
  );
}
