import { Tldraw, type Editor, type TLComponents } from "tldraw";
import { assetUrls, noEmbeds } from "./board-canvas.tsx";
import type { OpenVersion } from "./open-version.ts";
import { letGoOfPage } from "./page-listeners.ts";
import { ownShapeUtils } from "./own-shape-utils.ts";
import { textExtensions } from "./text-extensions.ts";

export interface VersionCanvasProps {
  version: OpenVersion;
  licenseKey: string | undefined;
  /** The page to begin with, where the version has it. */
  pageId: string;
  onEditor: (editor: Editor | null) => void;
}

const textOptions = { tipTapConfig: { extensions: textExtensions } };
/** Shapes only: no menus, no tools, nothing that could be asked to change anything. */
const components: TLComponents = { ContextMenu: null };

export function VersionCanvas(props: VersionCanvasProps): React.JSX.Element {
  const { version, licenseKey, pageId, onEditor } = props;
  return (
    <Tldraw
      hideUi
      store={version.store}
      licenseKey={licenseKey}
      components={components}
      assetUrls={assetUrls}
      embeds={noEmbeds}
      shapeUtils={ownShapeUtils}
      textOptions={textOptions}
      autoFocus={false}
      initialState="hand"
      onMount={(editor) => {
        const page = editor.getPages().find(({ id }) => id === pageId);
        if (page !== undefined) editor.setCurrentPage(page.id);
        editor.zoomToFit();
        // It is moved and zoomed by wheel only while it is the one that is used.
        editor.focus({ focusContainer: false });
        onEditor(editor);
        return () => {
          onEditor(null);
          letGoOfPage(editor);
        };
      }}
    />
  );
}
