import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal, { type ModalProps } from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useText } from "../text/text";

interface Props {
  title: string;
  /** What the primary button says, and does. */
  does: string;
  act: () => void;
  isRunning: boolean;
  close: () => void;
  size?: ModalProps.Size;
  children: React.ReactNode;
}

/** A dialog that does one thing, or is left without it. */
export function ActionDialog({ title, does, act, isRunning, close, size, children }: Props) {
  const { t } = useText();
  return (
    <Modal
      visible
      {...(size ? { size } : {})}
      header={title}
      closeAriaLabel={t("common.close")}
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {t("common.cancel")}
            </Button>
            <Button variant="primary" loading={isRunning} onClick={act}>
              {does}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
