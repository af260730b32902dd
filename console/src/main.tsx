import "@cloudscape-design/global-styles/index.css";
import "./ui/styles.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Start } from "./app/Start";
import { applyKeptMode } from "./app/mode";
import { TextProvider } from "./text/text";

applyKeptMode();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element for the page.");
createRoot(root).render(
  <StrictMode>
    <TextProvider>
      <Start />
    </TextProvider>
  </StrictMode>,
);
