import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useAccess, useMay } from "../../data/access";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { LoadingState } from "../../ui/Loading";
import { useQuestion } from "../../ui/ReasonDialog";
import { RebuildDialog } from "./RebuildDialog";
import { ReplayDialog } from "./ReplayDialog";
import { RunView } from "./RunView";
import { type Generation, isUnderWay, type ReadModel, type Run, RUNNING_MS, waitsForTheWord } from "./runs";

interface Props {
  model: ReadModel;
  /** Whether its rebuild seems to stand still. */
  isStill: boolean;
  reload: () => void;
}

/** A read model: its generations, its newest run, and what can be done with them. */
export function ModelView({ model, isStill, reload }: Props) {
  const { t } = useText();
  const { name } = model;
  const mayRebuild = useMay("rebuild");
  const [replay, setReplay] = useState<Run>();
  const shown = (generation: Generation | null) =>
    generation === null ? "–" : t("models.generation", { number: generation.generation, version: generation.version });
  return (
    <section aria-label={name}>
      <Container
        header={
          <Header variant="h2" actions={mayRebuild && <Actions model={model} isStill={isStill} reload={reload} replayed={setReplay} />}>
            {name}
          </Header>
        }
      >
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={4}
            items={[
              { label: t("models.itemTypes"), value: model.item_types.join(", ") },
              { label: t("models.living"), value: shown(model.living) },
              { label: t("models.building"), value: shown(model.building) },
              { label: t("models.previous"), value: shown(model.previous) },
            ]}
          />
          {model.run && <RunView run={model.run} label={t("models.run")} />}
          {replay && replay.run !== model.run?.run && <ReplayView key={replay.run} begun={replay} />}
        </SpaceBetween>
      </Container>
    </section>
  );
}

/** A replay that this page has begun, beside the rebuild that is told as the newest run. */
function ReplayView({ begun }: { begun: Run }) {
  const { t } = useText();
  const { client } = useAccess();
  const [isRunning, setRunning] = useState(isUnderWay(begun));
  const path = { name: begun.model };
  const loaded = useLoaded(
    `read-models/${begun.model}/runs/${begun.run}`,
    async (signal) => {
      const { data } = await client.operations.getReadModelRun({ path, query: { run: begun.run }, signal });
      setRunning(isUnderWay(data));
      return data;
    },
    { everyMs: isRunning ? RUNNING_MS : undefined },
  );
  return (
    <>
      <RunView run={loaded.data ?? begun} label={t("models.replayHere")} />
      <LoadingState of={{ ...loaded, data: loaded.data ?? begun }} />
    </>
  );
}

type Asked = "drop" | "rollBack" | "cancel" | "cutOver" | "goOn";

interface Offer {
  what: "replay" | "rebuild" | Asked;
  begin: () => void;
  isPrimary?: boolean;
}

/** What can be done with the model as it stands. */
function Actions({ model, isStill, reload, replayed }: Props & { replayed: (run: Run) => void }) {
  const { t } = useText();
  const { client } = useAccess();
  const [question, ask] = useQuestion();
  const [dialog, open] = useState<"rebuild" | "replay">();
  const { name, building, previous } = model;
  const close = () => open(undefined);
  /** The generation of now is sent, so that nothing happens to another one that has come meanwhile. */
  const asked = (
    what: Asked,
    { generation }: Generation,
    send: (about: { path: { name: string }; body: { generation: number } }) => Promise<unknown>,
  ): Offer => ({
    what,
    begin: () =>
      ask({
        title: t(`models.${what}Named`, { number: generation, name }),
        text: t(`models.${what}Text`),
        does: t(`models.${what}`),
        act: async () => {
          try {
            await send({ path: { name }, body: { generation } });
          } finally {
            reload();
          }
        },
      }),
  });
  const { operations } = client;
  const offers: Offer[] = [{ what: "replay", begin: () => open("replay") }];
  if (previous !== null) {
    offers.push(asked("drop", previous, operations.dropReadModel));
    offers.push(asked("rollBack", previous, operations.rollBackReadModel));
  }
  if (building === null) offers.push({ what: "rebuild", begin: () => open("rebuild"), isPrimary: true });
  else {
    offers.push(asked("cancel", building, operations.cancelRebuild));
    if (waitsForTheWord(model)) offers.push({ ...asked("cutOver", building, operations.cutOverReadModel), isPrimary: true });
    else if (isStill) offers.push(asked("goOn", building, operations.rebuildReadModel));
  }
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        {offers.map(({ what, begin, isPrimary }) => (
          <Button
            key={what}
            variant={isPrimary ? "primary" : "normal"}
            ariaLabel={`${t(`models.${what}`)}: ${name}`}
            onClick={begin}
          >
            {t(`models.${what}`)}
          </Button>
        ))}
      </SpaceBetween>
      {question}
      {dialog === "rebuild" && <RebuildDialog name={name} reload={reload} close={close} />}
      {dialog === "replay" && <ReplayDialog model={model} begun={replayed} reload={reload} close={close} />}
    </>
  );
}
