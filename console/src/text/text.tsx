/** The chosen language: texts, dates, numbers. */

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { I18nProvider, type I18nProviderProps } from "@cloudscape-design/components/i18n";

import { type Language, LANGUAGES, type TextKey, TEXTS } from "./texts";

export type Given = Readonly<Record<string, string | number>>;

export interface Text {
  language: Language;
  choose: (language: Language) => void;
  t: (key: TextKey, given?: Given) => string;
  /** A moment of the API, in this browser's time zone. */
  moment: (at: string | number | null | undefined) => string;
  /** The same, where there is no room. */
  brief: (at: string) => string;
  /** Its time of day, with milliseconds. */
  clock: (at: string) => string;
  number: (value: number, digits?: number) => string;
  /** A span of milliseconds. */
  span: (milliseconds: number) => string;
}

const KEPT = "console.language";
const TextContext = createContext<Text | null>(null);

export function useText(): Text {
  const text = useContext(TextContext);
  if (text === null) throw new Error("Texts are read below TextProvider.");
  return text;
}

const MESSAGES = {
  en: () => import("@cloudscape-design/components/i18n/messages/all.en"),
  ja: () => import("@cloudscape-design/components/i18n/messages/all.ja"),
} as const;

type Messages = I18nProviderProps.Messages;

/** The language that the address, an earlier choice or the browser asks for. */
function firstLanguage(): Language {
  const wanted = [localStorage.getItem(KEPT), ...navigator.languages];
  for (const one of wanted) {
    const found = LANGUAGES.find((language) => one?.startsWith(language));
    if (found !== undefined) return found;
  }
  return "en";
}

export function TextProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  const [messages, setMessages] = useState<readonly [Language, Messages]>();

  useEffect(() => {
    document.documentElement.lang = language;
    let isWanted = true;
    void MESSAGES[language]().then((loaded) => {
      if (isWanted) setMessages([language, loaded.default]);
    });
    return () => {
      isWanted = false;
    };
  }, [language]);

  const text = useMemo(() => textOf(language, setLanguage), [language]);
  if (messages === undefined) return null;
  return (
    <I18nProvider locale={messages[0]} messages={[messages[1]]}>
      <TextContext value={text}>{children}</TextContext>
    </I18nProvider>
  );
}

function textOf(language: Language, setLanguage: (language: Language) => void): Text {
  const index = LANGUAGES.indexOf(language);
  const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
  const brief = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" });
  const times = new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
  });
  const t = (key: TextKey, given: Given = {}) => filled(TEXTS[key][index] ?? TEXTS[key][0], given);
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  return {
    language,
    choose: (chosen) => {
      localStorage.setItem(KEPT, chosen);
      setLanguage(chosen);
    },
    t,
    number,
    moment: (at) => (at === null || at === undefined || at === "" ? "–" : moments.format(new Date(at))),
    brief: (at) => brief.format(new Date(at)),
    clock: (at) => times.format(new Date(at)),
    span: (milliseconds) => {
      const seconds = Math.max(0, milliseconds) / 1000;
      if (seconds < 60) return t("common.seconds", { count: number(seconds, seconds < 10 ? 1 : 0) });
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return t("common.minutes", { minutes, seconds: Math.floor(seconds % 60) });
      return t("common.hours", { hours: number(Math.floor(minutes / 60)), minutes: minutes % 60 });
    },
  };
}

const BLANK = /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g;

/** A text with what was given in its blanks: `{count}`, and `{count:row|rows}` for the word that fits a count. */
function filled(text: string, given: Given): string {
  return text.replace(BLANK, (whole, name: string, one: string | undefined, many: string | undefined) => {
    if (!(name in given)) return whole;
    const value = String(given[name]);
    return (value === "1" ? one : many) ?? value;
  });
}
