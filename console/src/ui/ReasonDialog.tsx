import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { useAction } from "../data/useAction";
import { useText } from "../text/text";
import { ActionDialog } from "./ActionDialog";
import { Problem } from "./Problem";

export interface Question {
  title: string;
  /** What happens. */
  text?: string;
  does: string;
  /** Whether a reason may or must be given; neither by default. */
  reason?: "optional" | "needed";
  act: (reason: string) => Promise<unknown>;
}

const LONGEST = 1_000;

/** Ask before something is done that somebody else sees, and for the reason that is kept. */
export function ReasonDialog({ question, close }: { question: Question; close: () => void }) {
  const { t } = useText();
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const action = useAction(async () => {
    await question.act(reason.trim());
    close();
  });
  const isMissing = question.reason === "needed" && reason.trim() === "";
  const submit = () => {
    setTried(true);
    if (!isMissing) action.run();
  };
  return (
    <ActionDialog title={question.title} does={question.does} act={submit} isRunning={action.isRunning} close={close}>
      <SpaceBetween size="m">
        {question.text && <Alert type="info">{question.text}</Alert>}
        {question.reason && (
          <FormField
            label={
              question.reason === "needed"
                ? t("common.reason")
                : `${t("common.reason")} – ${t("common.optional")}`
            }
            description={t("common.reasonHint")}
            errorText={isTried && isMissing ? t("common.reasonNeeded") : undefined}
          >
            <Textarea
              value={reason}
              rows={3}
              onChange={({ detail }) => setReason(detail.value.slice(0, LONGEST))}
            />
          </FormField>
        )}
        <Problem error={action.error} />
      </SpaceBetween>
    </ActionDialog>
  );
}

/** The open question of a page, if there is one. */
export function useQuestion(): [React.ReactNode, (question: Question) => void] {
  const [question, ask] = useState<Question>();
  const close = () => ask(undefined);
  return [question && <ReasonDialog key={question.title} question={question} close={close} />, ask];
}
