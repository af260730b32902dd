import { useText } from "../text/text";

const SUBJECT_AND_NAME = /^\S+ \((.+)\)$/;

/** Who did something: the name, and as a hint the subject that the API has verified. */
export function Who({ by, isVerified = true }: { by: string | null; isVerified?: boolean }) {
  const { t } = useText();
  if (by === null) return <>{t("common.unknown")}</>;
  const name = SUBJECT_AND_NAME.exec(by)?.[1] ?? by;
  return <span title={by}>{isVerified ? name : `${name} (${t("common.notVerified")})`}</span>;
}
