/** Longest name without its ending, in UTF-8 bytes: file systems stop at 255 with it. */
const maxNameBytes = 150;

/** Names that Windows keeps for devices, whatever the ending. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * The name of an exported file: the board's name, the page's where one file is not the whole board,
 * and the ending, without anything that a file system refuses or hides.
 */
export function fileNameOf(file: {
  boardName: string;
  fallbackName: string;
  pageName?: string | undefined;
  extension: string;
}): string {
  const board = safeName(file.boardName) || safeName(file.fallbackName);
  const page = file.pageName === undefined ? "" : safeName(file.pageName);
  const name = clip(
    page === "" ? board : `${clip(board, maxNameBytes / 2)} – ${page}`,
    maxNameBytes,
  );
  return `${deviceName.test(name) ? `${name}_` : name}.${file.extension}`;
}

/** Gives every name that came before a number, so that no file takes another's place. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const dot = name.lastIndexOf(".");
    let unique = name;
    for (let copy = 2; taken.has(unique.toLowerCase()); copy++) {
      unique = `${name.slice(0, dot)} (${copy})${name.slice(dot)}`;
    }
    taken.add(unique.toLowerCase());
    return unique;
  });
}

function safeName(name: string): string {
  return (
    name
      .normalize("NFC")
      // Control characters, and those that turn the direction of text to disguise an ending.
      .replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, " ")
      .replaceAll(/[/\\:*?"<>|]/g, "-")
      .replaceAll(/\s+/g, " ")
      .replaceAll(/^[. ]+|[. ]+$/g, "")
  );
}

/** Cut to a number of bytes, never inside a character. */
function clip(name: string, maxBytes: number): string {
  const encoder = new TextEncoder();
  let bytes = 0;
  let clipped = "";
  for (const character of name) {
    bytes += encoder.encode(character).length;
    if (bytes > maxBytes) break;
    clipped += character;
  }
  return clipped.trimEnd();
}
