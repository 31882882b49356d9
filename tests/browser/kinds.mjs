// Kinds of addresses: pages of one kind are made by one template.

/** First parts of paths that are no nicknames. */
const OWN_PARTS = ["main", "api", "oauth", "static", "images", "uploads", ".well-known"];

/** Parts of paths that name one thing among many: numbers, ids, nicknames of a day, names of files. */
const NAMES = /\d|_|.{22}|^x\w*$/;

/** The kind of an address: its path without names, and the names of its parameters. */
export function kindOf(address) {
  const { pathname, searchParams } = new URL(address, "http://host");
  const [first, ...parts] = pathname.slice(1).split("/");
  const isOwn = first === "" || OWN_PARTS.includes(first);
  const begin = isOwn ? first : ":nickname";
  if (first === "static") return pathname;
  const rest = parts.map((part) => (NAMES.test(part) ? ":name" : part));
  return `/${[begin, ...rest].join("/")}?${[...searchParams.keys()].sort().join("&")}`;
}
