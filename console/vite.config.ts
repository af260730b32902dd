import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const EMBEDDED_FONT = /url\('data:font\/woff2;base64,([^']+)'\)/g;

/**
 * Make files of the fonts that Cloudscape embeds in its style sheet.
 *
 * A browser then loads those alone that a page shows, after its first paint, and the content
 * security policy needs no `data:` for fonts.
 */
function fontsAsFiles(): Plugin {
  return {
    name: "fonts-as-files",
    apply: "build",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("global-styles/index.css")) return undefined;
      return code.replace(EMBEDDED_FONT, (_whole, text: string) => {
        const source = Buffer.from(text, "base64");
        const reference = this.emitFile({ type: "asset", name: "open-sans.woff2", source });
        return `url(__VITE_ASSET__${reference}__)`;
      });
    },
  };
}

export default defineConfig({
  plugins: [fontsAsFiles(), react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});
