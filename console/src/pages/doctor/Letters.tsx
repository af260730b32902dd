import type { Schemas } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { useAccess } from "../../data/access";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { Json } from "../../ui/Json";
import { LoadingState } from "../../ui/Loading";
import { API_LANGUAGE } from "../../ui/Problem";
import { useQuestion } from "../../ui/ReasonDialog";

type Letter = Schemas["DeadLetter"];
type Redrive = Schemas["Redrive"];

const REFRESH_MS = 15_000;
const SHOWN = 50;

/** Dead letters of a source: why each could not be handled, and what becomes of it. */
export function Letters() {
  const { t } = useText();
  const { client } = useAccess();
  const [chosen, choose] = useState<string>();
  const sources = useLoaded(
    "letters/sources",
    async (signal) => (await client.operations.listDeadLetterSources({ signal })).data.sources,
    { everyMs: REFRESH_MS },
  );
  const all = sources.data ?? [];
  const source = chosen ?? all.find(({ letters }) => letters > 0)?.source;
  const options = all.map(({ source: value, letters: count }) => ({
    value,
    label: t("doctor.sourceCount", { source: value, count }),
  }));
  return (
    <SpaceBetween size="l">
      <Header variant="h2" description={t("doctor.lettersHint")}>
        {t("doctor.letters")}
      </Header>
      <LoadingState of={sources} />
      <Select
        ariaLabel={t("doctor.source")}
        placeholder={t("doctor.source")}
        options={options}
        selectedOption={options.find(({ value }) => value === source) ?? null}
        onChange={({ detail }) => choose(detail.selectedOption.value)}
      />
      {sources.data && source === undefined && (
        <StatusIndicator type="success">{t("doctor.noLetters")}</StatusIndicator>
      )}
      {source !== undefined && <OfSource key={source} source={source} reloadSources={sources.reload} />}
    </SpaceBetween>
  );
}

function OfSource({ source, reloadSources }: { source: string; reloadSources: () => void }) {
  const { t, moment } = useText();
  const { client } = useAccess();
  const [question, ask] = useQuestion();
  const [told, setTold] = useState<Redrive>();
  const letters = useLoaded(
    `letters/${source}`,
    async (signal) =>
      (await client.operations.listDeadLetters({ path: { source }, query: { limit: SHOWN }, signal })).data,
  );
  // What was refused may be another's by now.
  const shown = letters.data?.letters ?? [];
  const done = <R,>(act: Promise<R>) =>
    act.finally(() => {
      letters.reload();
      reloadSources();
    });
  const path = ({ id }: Letter) => ({ source, id });
  const giveBack = (letter: Letter) =>
    ask({
      title: `${t("doctor.giveBack")}: ${subjectOf(letter)}`,
      text: t("doctor.giveBackText"),
      does: t("doctor.giveBack"),
      reason: "optional",
      act: (reason) =>
        done(client.operations.redriveDeadLetter({ path: path(letter), body: reason === "" ? {} : { reason } })),
    });
  const discard = (letter: Letter) =>
    ask({
      title: `${t("doctor.discard")}: ${subjectOf(letter)}`,
      text: t("doctor.discardText"),
      does: t("doctor.discard"),
      reason: "needed",
      act: (reason) => done(client.operations.discardDeadLetter({ path: path(letter), body: { reason } })),
    });
  const giveAllBack = () =>
    ask({
      title: `${t("doctor.giveBackAll")}: ${source}`,
      text: t("doctor.giveBackAllText", { count: shown.length + (letters.data?.not_shown ?? 0), source }),
      does: t("doctor.giveBackAll"),
      reason: "optional",
      act: async (reason) => {
        setTold(undefined);
        const body = reason === "" ? {} : { reason };
        const { data } = await done(client.operations.redriveDeadLetters({ path: { source }, body }));
        setTold(data);
      },
    });
  return (
    <SpaceBetween size="l">
      {told && <Outcome source={source} of={told} close={() => setTold(undefined)} />}
      <LoadingState of={letters} />
      {letters.data && shown.length === 0 && letters.data.not_shown === 0 && (
        <StatusIndicator type="success">{t("doctor.noLetters")}</StatusIndicator>
      )}
      {letters.data && letters.data.not_shown > 0 && (
        <Alert type="info" action={<Button onClick={letters.reload}>{t("common.reload")}</Button>}>
          {t("doctor.notShown", { count: letters.data.not_shown })}
        </Alert>
      )}
      {shown.length > 0 && <Button onClick={giveAllBack}>{t("doctor.giveBackAll")}</Button>}
      {shown.map((letter) => (
        <Container
          key={letter.id}
          header={
            <Header
              variant="h3"
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <Button
                    ariaLabel={`${t("doctor.discard")}: ${subjectOf(letter)}`}
                    onClick={() => discard(letter)}
                  >
                    {t("doctor.discard")}
                  </Button>
                  <Button
                    variant="primary"
                    ariaLabel={`${t("doctor.giveBack")}: ${subjectOf(letter)}`}
                    onClick={() => giveBack(letter)}
                  >
                    {t("doctor.giveBack")}
                  </Button>
                </SpaceBetween>
              }
            >
              {subjectOf(letter)}
            </Header>
          }
        >
          <SpaceBetween size="s">
            <KeyValuePairs
              columns={3}
              items={[
                { label: t("doctor.sent"), value: moment(letter.sent_at) },
                { label: t("common.error"), value: letter.error || "–" },
                { label: t("doctor.reason"), value: letter.reason || "–" },
              ]}
            />
            <Body letter={letter} />
          </SpaceBetween>
        </Container>
      ))}
      {question}
    </SpaceBetween>
  );
}

/** What became of all letters of a source. */
function Outcome({ source, of, close }: { source: string; of: Redrive; close: () => void }) {
  const { t } = useText();
  const count = of.letters.filter(({ given_back: isGivenBack }) => isGivenBack).length;
  const isWhole = count === of.letters.length && of.left === 0 && of.stopped === null;
  const refused = of.letters.filter(({ given_back: isGivenBack }) => !isGivenBack);
  return (
    <Alert
      type={isWhole ? "success" : "warning"}
      header={t("doctor.givenBack", { count, tried: of.letters.length, source })}
      dismissible
      i18nStrings={{ dismissAriaLabel: t("common.close") }}
      onDismiss={close}
    >
      {of.left > 0 && <div>{t("doctor.leftToTry", { count: of.left })}</div>}
      <div lang={API_LANGUAGE}>
        {of.stopped !== null && <div>{of.stopped}</div>}
        {refused.map(({ id, result }) => (
          <div key={id}>
            {id}: {result}
          </div>
        ))}
      </div>
    </Alert>
  );
}

/** The beginning of a letter's body, as lists have it, or the whole. */
function Body({ letter: { id, source, body } }: { letter: Letter }) {
  const { t } = useText();
  const { client } = useAccess();
  const [isWanted, setWanted] = useState(false);
  const whole = useLoaded(
    isWanted ? `letter/${source}/${id}` : null,
    async (signal) => (await client.operations.getDeadLetter({ path: { source, id }, signal })).data.body,
  );
  return (
    <>
      <Json value={whole.data ?? body} label={`${t("doctor.body")}: ${id}`} />
      {whole.error !== undefined && <LoadingState of={whole} />}
      {whole.data === undefined && whole.error === undefined && (
        <Button loading={whole.isLoading} ariaLabel={`${t("doctor.showWhole")}: ${id}`} onClick={() => setWanted(true)}>
          {t("doctor.showWhole")}
        </Button>
      )}
    </>
  );
}

function subjectOf({ item, id }: Letter): string {
  return item === null ? id : `${item["pk"] ?? ""} ${item["sk"] ?? ""}`;
}
