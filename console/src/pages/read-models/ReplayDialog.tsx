import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useAccess } from "../../data/access";
import { useAction } from "../../data/useAction";
import { EVERY_TENANT } from "../../session/principal";
import { useText } from "../../text/text";
import { ActionDialog } from "../../ui/ActionDialog";
import { Problem } from "../../ui/Problem";
import type { ReadModel, Run } from "./runs";

interface Props {
  model: ReadModel;
  begun: (run: Run) => void;
  reload: () => void;
  close: () => void;
}

/** Tell items to a read model again, in their latest state. */
export function ReplayDialog({ model: { name, item_types: types }, begun, reload, close }: Props) {
  const { t } = useText();
  const { client, tenant: current } = useAccess();
  const [type, setType] = useState("");
  const [tenant, setTenant] = useState(current);
  const [isTried, setTried] = useState(false);
  const code = tenant.trim();
  const isNone = code === EVERY_TENANT || code.includes("#");
  const begin = useAction(async () => {
    try {
      const { data } = await client.operations.replayReadModel({
        path: { name },
        body: { ...(type === "" ? {} : { types: [type] }), ...(code === "" ? {} : { tenant: code }) },
      });
      begun(data);
      close();
    } finally {
      reload();
    }
  });
  const submit = () => {
    setTried(true);
    if (!isNone) begin.run();
  };
  const options = ["", ...types].map((value) => ({ value, label: value === "" ? t("common.all") : value }));
  return (
    <ActionDialog
      title={`${t("models.replay")}: ${name}`}
      does={t("models.replay")}
      act={submit}
      isRunning={begin.isRunning}
      close={close}
    >
      <SpaceBetween size="m">
        <Box>{t("models.replayText")}</Box>
        <FormField
          label={t("app.tenantCode")}
          description={t("models.replayTenant")}
          errorText={isTried && isNone ? t("models.replayNoTenant") : undefined}
        >
          <Input value={tenant} onChange={({ detail }) => setTenant(detail.value)} />
        </FormField>
        <FormField label={t("common.type")}>
          <Select
            options={options}
            selectedOption={options.find(({ value }) => value === type) ?? null}
            onChange={({ detail }) => setType(detail.selectedOption.value ?? "")}
          />
        </FormField>
        <Problem error={begin.error} />
      </SpaceBetween>
    </ActionDialog>
  );
}
