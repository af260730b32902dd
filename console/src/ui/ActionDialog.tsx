import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal, { type ModalProps } from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useId } from "react";

import { useText } from "../text/text";

interface Props {
  title: string;
  /** What the primary button says, and does. */
  does: string;
  act: () => void;
  isRunning: boolean;
  /** Whether it knows already what it needs to act. */
  isReady?: boolean;
  close: () => void;
  /** What the other button says; "Cancel" by default. */
  leaves?: string;
  size?: ModalProps.Size;
  children: React.ReactNode;
}

/**
 * A dialog that does one thing, by its button or by Enter in a field of one line, or is left without it.
 *
 * While it runs it stays: leaving would cancel nothing, and nobody would see how it ends.
 */
export function ActionDialog({ title, does, act, isRunning, isReady = true, close, leaves, size, children }: Props) {
  const { t } = useText();
  const form = useId();
  return (
    <Modal
      visible
      {...(size ? { size } : {})}
      header={title}
      closeAriaLabel={t("common.close")}
      onDismiss={() => {
        if (!isRunning) close();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={isRunning} onClick={close}>
              {leaves ?? t("common.cancel")}
            </Button>
            <Button variant="primary" loading={isRunning || !isReady} form={form} formAction="submit">
              {does}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !isRunning) act();
        }}
      >
        {children}
      </form>
    </Modal>
  );
}
