import type { Editor, TLShapeId } from "tldraw";
import { text } from "../text/text.ts";
import { downloadFile } from "./download.ts";
import { FileError } from "./file-error.ts";
import { fileNameOf, uniqueNames } from "./file-name.ts";
import { encodeTldrFile } from "./tldr-export.ts";

export type ExportScope = "board" | "page" | "selection";
export type ExportFormat = "png" | "svg" | "tldr";

export interface ExportRequest {
  readonly scope: ExportScope;
  readonly format: ExportFormat;
  readonly background: boolean;
  readonly dark: boolean;
  /** Pixels of a PNG for each unit of the board. */
  readonly scale: number;
  readonly boardName: string;
}

interface ExportFile {
  readonly name: string;
  readonly shapeIds: readonly TLShapeId[];
}

export interface ExportResult {
  readonly files: number;
  /** Pictures that could not be read and are missing from the files. */
  readonly missingPictures: number;
}

/** Between two downloads: browsers drop those that come at once. */
const downloadGapMs = 300;

/** Which files an export would make; none when there is nothing to export. */
export function planExport(editor: Editor, request: ExportRequest): readonly ExportFile[] {
  const { format: extension, boardName } = request;
  const isOnlyPage = editor.getPages().length === 1;
  const file = (pageName: string | undefined, shapeIds: readonly TLShapeId[]): ExportFile => ({
    name: fileNameOf({ boardName, fallbackName: text.board.untitled, pageName, extension }),
    shapeIds,
  });
  const files = filesOf();
  const names = uniqueNames(files.map(({ name }) => name));
  return files
    .map(({ shapeIds }, index) => ({ shapeIds, name: names[index] ?? "" }))
    .filter(({ shapeIds }) => shapeIds.length > 0);

  function filesOf(): ExportFile[] {
    switch (request.scope) {
      case "selection":
        return [file(text.export.selectionName, editor.getSelectedShapeIds())];
      case "page": {
        const page = editor.getCurrentPage();
        const ids = editor.getSortedChildIdsForParent(page.id);
        return [file(isOnlyPage ? undefined : page.name, ids)];
      }
      case "board": {
        const pages = editor
          .getPages()
          .map((page) => ({ page, ids: editor.getSortedChildIdsForParent(page.id) }))
          .filter(({ ids }) => ids.length > 0);
        if (request.format === "tldr")
          return [
            file(
              undefined,
              pages.flatMap(({ ids }) => ids),
            ),
          ];
        return pages.map(({ page, ids }) => file(isOnlyPage ? undefined : page.name, ids));
      }
    }
  }
}

/**
 * Exports and hands the files to the browser's downloads. Rejects with `FileError`, or with the
 * signal's reason when it was cancelled; files that were done by then stay.
 */
export async function exportBoard(
  editor: Editor,
  request: ExportRequest,
  options: { signal: AbortSignal; onProgress: (done: number, total: number) => void },
): Promise<ExportResult> {
  const files = planExport(editor, request);
  if (files.length === 0) throw new FileError("EXPORT_EMPTY");
  let missingPictures = 0;
  for (const [done, file] of files.entries()) {
    options.onProgress(done, files.length);
    if (done > 0) await wait(downloadGapMs);
    options.signal.throwIfAborted();
    const encoded = await encode(editor, request, file);
    options.signal.throwIfAborted();
    missingPictures += encoded.missingPictures;
    downloadFile(encoded.blob, file.name);
  }
  return { files: files.length, missingPictures };
}

async function encode(
  editor: Editor,
  request: ExportRequest,
  file: ExportFile,
): Promise<{ blob: Blob; missingPictures: number }> {
  try {
    if (request.format === "tldr") {
      return await encodeTldrFile(editor, request.scope === "board" ? null : file.shapeIds);
    }
    const { blob } = await editor.toImage([...file.shapeIds], {
      format: request.format,
      background: request.background,
      darkMode: request.dark,
      ...(request.format === "png" ? { pixelRatio: request.scale } : {}),
    });
    return { blob, missingPictures: 0 };
  } catch (cause) {
    throw new FileError("EXPORT_FAILED", cause);
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
