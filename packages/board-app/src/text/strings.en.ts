/**
 * Every word the page shows, in English. A translation is another object of the type `Strings`;
 * sentences with a number are functions, because languages count differently.
 */
const locale = "en";

const plural = new Intl.PluralRules(locale);
const number = new Intl.NumberFormat(locale);
const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const relativeTime = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

function counted(count: number, one: string, other: string): string {
  return `${number.format(count)} ${plural.select(count) === "one" ? one : other}`;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

function timeAgo(elapsedMs: number): string {
  if (elapsedMs < minuteMs) return "just now";
  if (elapsedMs < hourMs) return relativeTime.format(-Math.floor(elapsedMs / minuteMs), "minute");
  if (elapsedMs < dayMs) return relativeTime.format(-Math.floor(elapsedMs / hourMs), "hour");
  const days = Math.floor(elapsedMs / dayMs);
  if (days < 30) return relativeTime.format(-days, "day");
  if (days < 365) return relativeTime.format(-Math.floor(days / 30), "month");
  return relativeTime.format(-Math.floor(days / 365), "year");
}

const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const fullDay = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const dayAndTime = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const list = new Intl.ListFormat(locale);

/** A day as people call it. */
function dayName(atMs: number, nowMs: number): string {
  const today = new Date(nowMs);
  const yesterday = new Date(nowMs);
  yesterday.setDate(today.getDate() - 1);
  const at = new Date(atMs);
  if (at.toDateString() === today.toDateString()) return "Today";
  if (at.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (at.getFullYear() === today.getFullYear() ? weekday : fullDay).format(at);
}

function inMegabytes(bytes: number): string {
  return `${oneDecimal.format(bytes / (1024 * 1024))} MB`;
}

export const stringsEn = {
  product: "Boardwalk",
  documentTitle: (name: string) => `${name} – Boardwalk`,
  timeAgo,
  dayName,
  clock: (atMs: number) => clock.format(atMs),
  dayAndTime: (atMs: number) => dayAndTime.format(atMs),
  list: (names: readonly string[]) => list.format(names),

  common: {
    close: "Close",
    cancel: "Cancel",
    reload: "Reload",
    tryAgain: "Try again",
    goHome: "Go to the start page",
    somethingElse: "Something unexpected happened.",
  },

  home: {
    title: "Draw together",
    pitch:
      "A whiteboard in the browser. Make a board, send its link, and draw with whoever opens it.",
    newBoard: "New board",
    creating: "Making the board…",
    keyNeeded:
      "On this server, boards are made by those who have its key. Ask whoever runs it. You need no key to open a board that you were sent a link to.",
    bySignedToken:
      "On this server, boards are opened from the site that they belong to. Go there to open one.",
    keyLabel: "Key for making boards",
    recentTitle: "Your boards",
    recentNote: "Kept in this browser only. Keep a board’s link if you want it elsewhere.",
    firstRunTitle: "No boards here yet",
    firstRunText:
      "Boards you make or open are listed here. Nobody needs an account: whoever has the link is in.",
    forgetBoard: (name: string) => `Remove ${name} from this list`,
    forgotten: (name: string) =>
      `${name} is no longer on the list. The board itself is still there for everyone with its link.`,
    undo: "Undo",
    role: { owner: "Made here", edit: "Can edit", view: "View only" },
    storageBlocked:
      "This browser does not let the page keep anything, so the list of boards stays empty. Keep the link of each board.",
    madeWith: "Made with tldraw",
    licence: "tldraw licence",
  },

  createErrors: {
    offline: "The server cannot be reached. Check your connection and try again.",
    tooMany: "Too many boards were made from here in a short time. Wait a minute and try again.",
    full: "The server has no room for another board. Tell whoever runs it.",
    unavailable: "The server cannot save right now. Try again in a moment.",
    keyMissing: "The server wants its key before it makes a board.",
    keyInvalid: "This is not the server’s key for making boards. Check it, or ask for the new one.",
    other: (code: string) =>
      `The board could not be made. Try again; if it keeps failing, tell whoever runs this server (${code}).`,
  },

  apiErrors: {
    offline: "The server cannot be reached. Check your connection and try again.",
    tooMany: "Too many attempts. Wait a few minutes and try again.",
    unavailable: "The server cannot save right now. Try again in a moment.",
    notOwner: "The server does not take this owner key for the board.",
    boardDeleted: "This board was deleted.",
    boardGone: "This board is no longer there.",
    wrongPassword: "The password is not right.",
    linkGone: "This link is no longer there.",
    personGone: "This person has already left.",
    tooManyLinks: "The board has as many links as it may. Revoke one first.",
    other: (code: string) =>
      `That did not work. Try again; if it keeps failing, tell whoever runs this server (${code}).`,
  },

  pages: {
    notFound: {
      title: "There is nothing here",
      text: "The address may have been mistyped.",
    },
    incompleteLink: {
      title: "This link is incomplete",
      text: "The part after # is missing or was cut off; without it the board does not open. Ask for the whole link again, or open the board in the browser where you used it before.",
    },
    boardNotFound: {
      title: "This board does not exist",
      text: "It may have been deleted, or the address was mistyped. Ask whoever sent the link.",
    },
    boardDeleted: {
      title: "This board was deleted",
      text: "Its owner deleted it. For some time the owner can still take it back.",
    },
    linkNotValid: {
      title: "This link does not open the board",
      text: "It may have been copied incompletely, or be an old one. Ask whoever sent it for a new one.",
    },
    linkRevoked: {
      title: "This link was taken back",
      text: "The board’s owner has revoked it, for everyone who has it. Ask them for a new one.",
    },
    tokenExpired: {
      title: "Your time on this board is over",
      text: "The site that brought you here lets people in for a limited time. Go back there and open the board again.",
    },
    linkExpired: {
      title: "This link has expired",
      text: "It was made to work for a limited time. Ask whoever sent it for a new one, or for more time.",
    },
    passwordRequired: {
      title: "This link needs a password",
      text: "Ask whoever sent you the link. If you were on the board until now, its password has been changed.",
    },
    removed: {
      title: "You were removed from this board",
      text: "The board’s owner has taken you off it. The link you came by does not work any more.",
    },
    noLinkLeft: {
      title: "No link to this board is left",
      text: "The links you had do not work any more. This browser keeps the board’s owner key, which makes new ones.",
    },
    makeLink: "Make a new link",
    boardIsNewer: {
      title: "This page is older than the board",
      text: "The board was changed by a newer version of Boardwalk. Reload the page to get that version. Nothing is lost.",
    },
    boardIsDamaged: {
      title: "This board cannot be opened",
      text: "What the server has stored of it is damaged, so it is left untouched. Tell whoever runs this server: the board can be restored from a backup.",
    },
    crash: {
      title: "Something went wrong on this page",
      kept: "Your work is kept. Reload to go on.",
      notKept:
        "Some of your latest changes are not saved yet. Wait until you are online before you reload.",
      details: "Details for a report",
      copyDetails: "Copy details",
    },
    unsentKept:
      "Your last changes did not reach the server. They are kept on this device and are sent when the board opens again.",
    unsentNotKept: "Your last changes did not reach the server and could not be kept.",
    opening: "Opening the board…",
    openingBlocked: {
      title: "The live connection is blocked",
      text: "The server answers, but the connection that boards need does not come through: usually a proxy on the way passes neither WebSockets on nor the requests that stand in for them. Tell whoever runs this server. The page keeps trying.",
    },
    openingByOtherHost: {
      title: "The live connection is refused",
      text: (origin: string) =>
        `The server does not know that it is reached at ${origin}, and so takes this page for one of another site. Whoever runs it has to set PUBLIC_URL to ${origin}. The page keeps trying.`,
    },
    openingSlow: {
      title: "The server cannot be reached",
      text: "This board is not on this device yet, so it needs the connection once. The page keeps trying.",
    },
  },

  board: {
    canvas: "Whiteboard",
    untitled: "Untitled board",
    name: "Board name",
    rename: (name: string) => `Rename board: ${name}`,
    viewOnly: "View only",
    locked: "Locked",
    lockedHint: "The board’s owner has locked it: until it is unlocked, everybody can only look.",
    boardIsNewer: "Made with a newer version: reload this page to edit",
    unreadable: (count: number) => `${counted(count, "thing", "things")} not shown`,
    unreadableHint: (count: number) =>
      `${counted(count, "thing", "things")} on this board cannot be shown by this page: made by a newer or another program, or damaged. Nothing of it is lost, and it shows as soon as a page can read it. Reloading gets the newest page.`,
    unlocked: "The board’s owner has unlocked it: you can edit again.",
    viewOnlyHint: "This board is open by a view link: you can look, copy and export.",
    right: "What you may do here",
    mayOnlyLookNow:
      "The board’s owner has changed what your link allows: from now on you can only look.",
    mayEditNow: "The board’s owner has changed what your link allows: you can edit now.",
    topBar: "Board",
    sharing: "People and sharing",
    menu: {
      home: "All boards",
      exportBoard: "Export…",
      importFile: "Open .tldr file…",
      history: "History…",
      clearPage: "Clear this page…",
      share: "Share…",
    },
  },

  badge: {
    saved: "Saved",
    saving: "Saving…",
    connecting: "Connecting…",
    offlineSaved: "Offline, all saved",
    offlineKept: "Offline, kept on this device",
    offlineNotKept: "Offline, not kept: do not close this page",
    blockedSaved: "Blocked, all saved",
    blockedKept: "Blocked, kept on this device",
    blockedNotKept: "Blocked, not kept: do not close this page",
    blockedHint:
      "The server answers, but its live connection is blocked: usually a proxy on the way passes neither WebSockets on nor the requests that stand in for them. Tell whoever runs this server.",
    otherHostHint: (origin: string) =>
      `The server refuses the live connection, as it does not know that it is reached at ${origin}. Whoever runs it has to set PUBLIC_URL to ${origin}.`,
    notSaved: (why: string) => `Not saved: ${why}`,
    why: {
      STORE_FULL: "the server is full",
      STORE_UNAVAILABLE: "the server cannot write",
      CHANGE_REFUSED: "the server refused a change",
      DOCUMENT_FULL: "the board is full; delete something first",
    },
    tryNow: "Try now",
    backOnline: "Online again, everything is saved",
  },

  people: {
    open: (count: number) => `People here: ${number.format(count)}`,
    more: (count: number) => `+${number.format(count)}`,
    title: "People here",
    alone: "Nobody else is here. Share the link to draw together.",
    others: (count: number) => counted(count, "other person", "other people"),
    yourName: "Your name",
    yourColor: "Your colour",
    idle: "Idle",
    viewer: "View only",
    anonymous: "Someone",
    follow: "Follow",
    stopFollowing: "Stop following",
    cameBy: (link: string) => `by “${link}”`,
    remove: "Remove",
    removePerson: (name: string) => `Remove ${name}`,
    removeQuestion: (name: string) =>
      `Remove ${name}? Their link stops working, for others who have it too. Everyone else who is here now stays, with a new link.`,
    followPerson: (name: string) => `Follow ${name}`,
    stopFollowingPerson: (name: string) => `Stop following ${name}`,
    colors: {
      red: "Red",
      orange: "Orange",
      amber: "Amber",
      olive: "Olive",
      green: "Green",
      emerald: "Emerald",
      teal: "Teal",
      cyan: "Cyan",
      blue: "Blue",
      indigo: "Indigo",
      violet: "Violet",
      pink: "Pink",
    },
  },

  share: {
    bySignedToken:
      "This board is opened from another site, which says who may come. Invite people there.",
    button: "Share",
    title: "Share this board",
    editTab: "Can edit",
    viewTab: "Can view",
    editAllows:
      "Whoever has this link can draw, change and delete anything on the board, and share it further.",
    viewAllows:
      "Whoever has this link can look at the board and export it, but cannot change anything.",
    editLink: "Edit link",
    viewLink: "View link",
    copy: "Copy",
    copied: "Copied",
    copyFailed: "The link could not be copied. It is selected: copy it by hand.",
    qr: (what: string) => `QR code of the ${what.toLowerCase()}`,
    waiting: "The links appear once the server has said what this link allows.",
  },

  password: {
    label: "Password",
    submit: "Open the board",
    busy: "Opening…",
  },

  owner: {
    tab: "All links",
    loading: "Reading the links…",
    lock: "Lock the board",
    lockHint: "Everybody can only look, you too, until you unlock it.",
    role: { edit: "Can edit", view: "Can view" },
    here: (count: number) => `${number.format(count)} here now`,
    made: (elapsedMs: number) => `made ${timeAgo(elapsedMs)}`,
    lastUsed: (elapsedMs: number) => `used ${timeAgo(elapsedMs)}`,
    neverUsed: "not used yet",
    expiry: (atMs: number, nowMs: number) =>
      atMs <= nowMs ? `expired ${timeAgo(nowMs - atMs)}` : `until ${day.format(atMs)}`,
    withPassword: "password",
    change: "Change",
    changeLink: (name: string) => `Change ${name}`,
    revoke: "Revoke",
    revokeLink: (name: string) => `Revoke ${name}`,
    revokeQuestion: (here: number) =>
      here === 0
        ? "Revoke this link? It will open the board for nobody any more."
        : `Revoke this link? ${counted(here, "connection", "connections")} by it will be closed at once.`,
    revokeDerived: "Who has it may still look by the view link; revoke that too to shut them out.",
    copyLink: (name: string) => `Copy ${name}`,
    notCopyable: "Made elsewhere",
    newLink: "New link",
    name: "Name",
    namePlaceholder: "For whom, or what for",
    allows: "Whoever has it",
    derivedHint:
      "Whoever has the edit link can make this view link themselves, so it stays one for viewing.",
    expires: "Works",
    never: "Until I revoke it",
    inAnHour: "For an hour",
    inADay: "For a day",
    inAWeek: "For a week",
    inAMonth: "For 30 days",
    password: "Password",
    passwordNone: "None",
    passwordSame: "As it is",
    passwordSet: "Set one",
    passwordNew: "A new one",
    passwordField: "New password",
    passwordHint: "Tell it by another way than the link. It cannot be shown again.",
    shortPassword: (least: number) =>
      `A password needs at least ${number.format(least)} characters.`,
    make: "Make the link",
    save: "Save",
    saveKey: "Save the owner key",
    keyHint:
      "Whoever has the owner key decides over the board’s links and its lock. It is kept in this browser only: save it to a file, and keep that to yourself.",
  },

  ownerKey: {
    use: "Use an owner key",
    hint: "from a file you saved in another browser, to look after your board here.",
    choose: "Choose an owner key’s file",
    notAKey: "This is not an owner key’s file.",
    refused: "The server does not take this key. It may be of a board that was deleted.",
    otherServer: (origin: string) => `This key is for a board on ${origin}. Use it there.`,
    done: (name: string) => `You look after ${name} from this browser now.`,
  },

  export: {
    title: "Export",
    scope: "What",
    board: (pages: number) => `Whole board (${counted(pages, "page", "pages")})`,
    page: (name: string) => `This page (${name})`,
    selection: (count: number) => `Selection (${counted(count, "shape", "shapes")})`,
    selectionName: "selection",
    nothingSelected: "Selection (nothing selected)",
    format: "Format",
    formats: {
      png: "PNG",
      svg: "SVG",
      tldr: ".tldr",
    },
    formatHints: {
      png: "A picture, for slides and documents.",
      svg: "A drawing that stays sharp at any size.",
      tldr: "The board itself, to open again here or in another tldraw.",
    },
    options: "Options",
    background: "Background",
    dark: "Dark colours",
    scale: "Size",
    scales: (factor: number) => `${number.format(factor)}×`,
    filesToCome: (count: number, example: string) =>
      count === 1
        ? `One file: ${example}`
        : `${number.format(count)} files, one for each page that is not empty: ${example}, …`,
    emptyBoard: "There is nothing on it yet.",
    submit: "Export",
    progress: (done: number, total: number) =>
      `Exporting ${number.format(Math.min(done + 1, total))} of ${number.format(total)}…`,
    missingPictures: (count: number) =>
      `${counted(count, "picture", "pictures")} could not be read and will be missing. Try again when you are online.`,
    errors: {
      EXPORT_EMPTY: "There is nothing to export. Draw something, or choose another part.",
      EXPORT_FAILED:
        "The export did not work. Try a smaller part or size; if it keeps failing, export as .tldr, which keeps everything.",
    },
  },

  import: {
    title: "Open .tldr file",
    intro:
      "What the file holds is added to this board, each of its pages as a new one. Nothing that is here changes.",
    choose: "Choose a file",
    reading: "Reading the file…",
    keeping: "Keeping the board as it is…",
    notKept: (why: string) =>
      `The board as it was before is not in its history, as it could not be kept: ${why}`,
    uploading: (done: number, total: number) =>
      `Storing picture ${number.format(Math.min(done + 1, total))} of ${number.format(total)}…`,
    added: (pages: number, shapes: number) =>
      `Added ${counted(shapes, "shape", "shapes")} on ${counted(pages, "page", "pages")}. Undo takes it back.`,
    missingPictures: (count: number) =>
      `${counted(count, "picture was", "pictures were")} only linked in the file and cannot be shown.`,
    errors: {
      FILE_TOO_LARGE: (megabytes: number) =>
        `The file is larger than ${number.format(megabytes)} MB. Save the drawing in parts and open them one by one.`,
      FILE_NOT_TLDR: "This is not a .tldr file, or it was cut off. Save it again and retry.",
      FILE_TOO_OLD:
        "The file was made by an early version of tldraw. Open it at tldraw.com, save it again and retry.",
      FILE_TOO_NEW:
        "The file was made by a newer version of tldraw than this board uses. Save it in an older format, or paste its shapes.",
      FILE_DAMAGED: "The file is damaged: some of what is in it does not make sense.",
      FILE_EMPTY: "There is nothing on the pages of this file.",
      TOO_MANY_PAGES: (max: number) =>
        `The board would have more than ${number.format(max)} pages. Delete some and retry.`,
      TOO_MANY_SHAPES: (max: number) =>
        `A page of the file has more than ${number.format(max)} shapes, which is more than a page holds.`,
      PICTURE_UPLOAD_FAILED:
        "A picture in the file could not be stored, so nothing was added. Check the connection and retry.",
      READ_FAILED: "The file could not be read. Choose it again.",
    },
  },

  history: {
    title: "History",
    now: (shapes: number, pages: number) =>
      `Now: ${counted(shapes, "shape", "shapes")} on ${counted(pages, "page", "pages")}.`,
    loading: "Reading the history…",
    empty:
      "Nothing has been kept yet. While people work on the board it is kept by itself now and then, and whenever someone keeps a version by hand.",
    mayOnlyLook: "You can only look at the board now, so nothing can be kept or restored.",
    keep: "Keep a version…",
    keepNow: "Keep it",
    keepHint: "A version with a name stays until it is deleted; the others thin out with time.",
    kept: "The board as it is now is kept.",
    name: "Name",
    namePlaceholder: "What it is, or what it is for",
    nameMissing: "Give it a name.",
    busy: "One moment…",
    rename: "Rename",
    renameVersion: (title: string) => `Rename ${title}`,
    renameHint: "Without a name it thins out with time.",
    saveName: "Save",
    delete: "Delete",
    deleteVersion: (title: string) => `Delete ${title}`,
    deleting: "Deleting…",
    deleteQuestion: "Delete this version? The board stays as it is; the version is gone for good.",
    kinds: {
      auto: "While working",
      named: "Kept by hand",
      beforeImport: "Before a file was opened",
      beforeClear: "Before a page was cleared",
      beforeRestore: "Before a version was restored",
    },
    counts: (shapes: number, pages: number) =>
      `${counted(shapes, "shape", "shapes")} on ${counted(pages, "page", "pages")}`,
    difference: (more: number) =>
      more === 0
        ? "as many as now"
        : `${number.format(Math.abs(more))} ${more > 0 ? "more" : "fewer"} than now`,
    preview: "Version",
    back: "Back to the list",
    reading: "Reading the version…",
    page: "Page",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    zoomToFit: "Zoom to fit",
    emptyPage: "Nothing on this page",
    incomplete: "Some of this version was made with a newer Boardwalk and is not shown here.",
    restore: "Restore this version…",
    restoreQuestion:
      "Restore this version? Everyone on the board sees it at once. The board as it is now is kept, so this can be taken back.",
    restoreNow: "Restore",
    restoring: "Restoring…",
    restored: "Restored for everyone.",
    undo: "Undo",
    undoing: "Undoing…",
    undone: "The board is again as it was before the restore.",
    errors: {
      notAllowed:
        "You can only look at this board now, so this is not possible: it was locked, or your link changed.",
      full: "The server has no room, so nothing was kept or restored. Tell whoever runs it.",
      notSaved:
        "Your latest changes are not saved yet. Wait until the board says “Saved” and try again.",
      gone: "This version is no longer there: versions without a name thin out with time.",
      damaged:
        "This version was damaged on the server and cannot be read. The board itself is not touched by that.",
      newer:
        "This version was kept by a newer Boardwalk than this server runs. Nothing was changed.",
      tooMany: "The board has as many named versions as it may. The board’s owner can delete some.",
      unreadable: "What the server sent cannot be shown as a board.",
    },
  },

  archive: {
    download: "Download an archive",
    downloadHint:
      "The whole board as one file, with its pictures and its history, without what opens its links.",
    downloading: (readBytes: number) => `Reading the board… ${inMegabytes(readBytes)}`,
    downloaded: (bytes: number) => `Downloaded ${inMegabytes(bytes)}.`,
    open: "Open an archive",
    openHint: "to make a board of a file that was downloaded here or on another server.",
    choose: "Choose an archive",
    sending: (sentBytes: number, totalBytes: number) =>
      `Sending… ${inMegabytes(sentBytes)} of ${inMegabytes(totalBytes)}`,
    making: "Making the board…",
    errors: {
      damaged: "This is no whole archive: it was changed or cut off. Nothing was made of it.",
      newer: "This archive was made by a newer Boardwalk than this server runs.",
      otherKind: "This archive does not hold one board.",
      tooLarge: "This archive is larger than this server takes.",
      keyNeeded: "This server makes boards only for those who have its key. Enter it above first.",
    },
  },

  deletion: {
    delete: "Delete this board…",
    question: "Delete this board for everyone? Whoever is on it is put out at once.",
    until: (goneAtMs: number) =>
      `Until ${day.format(goneAtMs)} it can be brought back by who has the owner key. Then it is gone for good, with its pictures and its history.`,
    atOnce:
      "This server keeps no deleted boards: it is gone for good, with its pictures and its history.",
    submit: "Delete the board",
    busy: "Deleting…",
    own: (goneAtMs: number | null) =>
      goneAtMs === null
        ? "For some time you can bring it back, with its links, pictures and history: this browser has the owner key."
        : `Until ${day.format(goneAtMs)} you can bring it back, with its links, pictures and history: this browser has the owner key.`,
    bringBack: "Bring it back",
    bringBackBoard: (name: string) => `Bring back ${name}`,
    listed: (goneAtMs: number | null, nowMs: number) =>
      goneAtMs === null
        ? "Deleted"
        : goneAtMs > nowMs
          ? `Deleted, kept until ${day.format(goneAtMs)}`
          : "Deleted for good",
  },

  clear: {
    title: "Clear this page",
    question: (page: string, shapes: number) =>
      `Delete everything on “${page}”, ${counted(shapes, "shape", "shapes")}, for everyone? The board as it is now is kept in its history, and undo brings it back.`,
    empty: (page: string) => `There is nothing on “${page}”.`,
    busy: "Clearing…",
    submit: "Clear the page",
  },

  identity: {
    name: (adjective: string, animal: string) => `${adjective} ${animal}`,
    adjectives: [
      "Able",
      "Amber",
      "Brave",
      "Bright",
      "Calm",
      "Cheery",
      "Clever",
      "Cosy",
      "Curious",
      "Daring",
      "Eager",
      "Fair",
      "Gentle",
      "Golden",
      "Happy",
      "Honest",
      "Jolly",
      "Keen",
      "Kind",
      "Lively",
      "Lucky",
      "Mellow",
      "Merry",
      "Nimble",
      "Patient",
      "Polite",
      "Proud",
      "Quick",
      "Quiet",
      "Ready",
      "Silver",
      "Snug",
      "Steady",
      "Sunny",
      "Swift",
      "Tidy",
      "Warm",
      "Wise",
      "Witty",
      "Zesty",
    ],
    animals: [
      "Badger",
      "Beaver",
      "Bison",
      "Crane",
      "Dolphin",
      "Falcon",
      "Ferret",
      "Finch",
      "Fox",
      "Gecko",
      "Hare",
      "Hedgehog",
      "Heron",
      "Ibex",
      "Jay",
      "Koala",
      "Lark",
      "Lemur",
      "Lynx",
      "Magpie",
      "Marten",
      "Mole",
      "Newt",
      "Ocelot",
      "Otter",
      "Owl",
      "Panda",
      "Puffin",
      "Quail",
      "Rabbit",
      "Raven",
      "Robin",
      "Seal",
      "Sparrow",
      "Squirrel",
      "Swan",
      "Tapir",
      "Turtle",
      "Walrus",
      "Wren",
    ],
  },
} as const;
