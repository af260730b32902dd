import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useAccess, useMay } from "../../data/access";
import { useText } from "../../text/text";
import { useQuestion } from "../../ui/ReasonDialog";
import { RebuildDialog } from "./RebuildDialog";
import { ReplayDialog } from "./ReplayDialog";
import { RunView } from "./RunView";
import { type Generation, type ReadModel, waitsForTheWord } from "./runs";

interface Props {
  model: ReadModel;
  reload: () => void;
}

/** A read model: its generations, its newest run, and what can be done with them. */
export function ModelView({ model, reload }: Props) {
  const { t } = useText();
  const { name } = model;
  const mayRebuild = useMay("rebuild");
  const shown = (generation: Generation | null) =>
    generation === null ? "–" : t("models.generation", { number: generation.generation, version: generation.version });
  return (
    <section aria-label={name}>
      <Container
        header={
          <Header variant="h2" actions={mayRebuild && <Actions model={model} reload={reload} />}>
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
        </SpaceBetween>
      </Container>
    </section>
  );
}

interface Offer {
  what: "replay" | "drop" | "rollBack" | "cancel" | "rebuild" | "cutOver" | "goOn";
  begin: () => void;
  isPrimary?: boolean;
}

/** What can be done with the model as it stands. */
function Actions({ model, reload }: Props) {
  const { t } = useText();
  const { client } = useAccess();
  const [question, ask] = useQuestion();
  const [dialog, open] = useState<"rebuild" | "replay">();
  const { name, building, previous } = model;
  const path = { name };
  const close = () => open(undefined);
  const asked = (what: "drop" | "rollBack" | "cancel" | "cutOver" | "goOn", send: () => Promise<unknown>): Offer => ({
    what,
    begin: () =>
      ask({
        title: `${t(`models.${what}`)}: ${name}`,
        text: t(`models.${what}Text`),
        does: t(`models.${what}`),
        act: async () => {
          await send();
          reload();
        },
      }),
  });
  const { operations } = client;
  const offers: Offer[] = [{ what: "replay", begin: () => open("replay") }];
  if (previous !== null) {
    offers.push(asked("drop", () => operations.dropReadModel({ path })));
    offers.push(asked("rollBack", () => operations.rollBackReadModel({ path })));
  }
  if (building === null) offers.push({ what: "rebuild", begin: () => open("rebuild"), isPrimary: true });
  else {
    offers.push(asked("cancel", () => operations.cancelRebuild({ path })));
    if (waitsForTheWord(model)) offers.push({ ...asked("cutOver", () => operations.cutOverReadModel({ path })), isPrimary: true });
    else offers.push(asked("goOn", () => operations.rebuildReadModel({ path })));
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
      {dialog === "replay" && <ReplayDialog model={model} reload={reload} close={close} />}
    </>
  );
}
