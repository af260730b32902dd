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
          {model.run && <RunView run={model.run} />}
        </SpaceBetween>
      </Container>
    </section>
  );
}

function Actions({ model, reload }: Props) {
  const { t } = useText();
  const { client } = useAccess();
  const [question, ask] = useQuestion();
  const [dialog, open] = useState<"rebuild" | "replay">();
  const { name, building, previous } = model;
  const path = { name };
  const close = () => open(undefined);
  const confirm = (what: "goOn" | "cutOver" | "rollBack" | "cancel" | "drop", send: () => Promise<unknown>) =>
    ask({
      title: `${t(`models.${what}`)}: ${name}`,
      text: t(`models.${what}Text`),
      does: t(`models.${what}`),
      act: async () => {
        await send();
        reload();
      },
    });
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        <Button ariaLabel={`${t("models.replay")}: ${name}`} onClick={() => open("replay")}>
          {t("models.replay")}
        </Button>
        {previous && (
          <>
            <Button
              ariaLabel={`${t("models.drop")}: ${name}`}
              onClick={() => confirm("drop", () => client.operations.dropReadModel({ path }))}
            >
              {t("models.drop")}
            </Button>
            <Button
              ariaLabel={`${t("models.rollBack")}: ${name}`}
              onClick={() => confirm("rollBack", () => client.operations.rollBackReadModel({ path }))}
            >
              {t("models.rollBack")}
            </Button>
          </>
        )}
        {building && (
          <Button
            ariaLabel={`${t("models.cancel")}: ${name}`}
            onClick={() => confirm("cancel", () => client.operations.cancelRebuild({ path }))}
          >
            {t("models.cancel")}
          </Button>
        )}
        {building === null && (
          <Button variant="primary" ariaLabel={`${t("models.rebuild")}: ${name}`} onClick={() => open("rebuild")}>
            {t("models.rebuild")}
          </Button>
        )}
        {building && waitsForTheWord(model) && (
          <Button
            variant="primary"
            ariaLabel={`${t("models.cutOver")}: ${name}`}
            onClick={() => confirm("cutOver", () => client.operations.cutOverReadModel({ path }))}
          >
            {t("models.cutOver")}
          </Button>
        )}
        {building && !waitsForTheWord(model) && (
          <Button
            ariaLabel={`${t("models.goOn")}: ${name}`}
            onClick={() => confirm("goOn", () => client.operations.rebuildReadModel({ path }))}
          >
            {t("models.goOn")}
          </Button>
        )}
      </SpaceBetween>
      {question}
      {dialog === "rebuild" && <RebuildDialog name={name} reload={reload} close={close} />}
      {dialog === "replay" && <ReplayDialog model={model} reload={reload} close={close} />}
    </>
  );
}
