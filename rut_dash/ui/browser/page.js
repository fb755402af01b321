// What every page has: tables that are sorted by a click on the heading of a column, links inside
// of texts that go to another page without loading the app again, a foot for each sheet of paper,
// and what a reader needs who uses the keyboard or hears the page.

const MISSING = "–";
const NUMBER = /^[−+]?[\d,]*\.?\d+/;

const textOf = (row, at) => row.cells[at].textContent;

const numberOf = (text) => {
  const found = NUMBER.exec(text);
  return found ? Number(found[0].replace("−", "-").replaceAll(",", "")) : NaN;
};

/** Return a function that compares two rows by a column; rows without a value come last. */
function comparison(rows, at, direction) {
  const present = rows.map((row) => textOf(row, at)).filter((text) => text !== MISSING);
  const isDate = present.every((text) => /^\d{4}-\d\d-\d\d/.test(text));
  const isNumber = !isDate && present.every((text) => !Number.isNaN(numberOf(text)));
  return (first, second) => {
    const [a, b] = [textOf(first, at), textOf(second, at)];
    if (a === MISSING || b === MISSING) return (a === MISSING) - (b === MISSING);
    const order = isNumber ? numberOf(a) - numberOf(b) : a.localeCompare(b, "en", { numeric: true });
    return direction * order;
  };
}

/** Sort a table by a column: downwards first, then upwards, then as it was sent. */
function sortTable(heading) {
  const table = heading.closest("table");
  const body = table.tBodies[0];
  body.sent ??= [...body.rows];
  const next = { none: "descending", descending: "ascending", ascending: "none" };
  const order = next[heading.getAttribute("aria-sort") ?? "none"];
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  if (order === "none") {
    body.append(...body.sent);
    return;
  }
  heading.setAttribute("aria-sort", order);
  const direction = order === "ascending" ? 1 : -1;
  body.append(...body.sent.toSorted(comparison(body.sent, heading.cellIndex, direction)));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".rut-table thead button");
  if (button) sortTable(button.closest("th"));
});

/** Follow a link to a page by the navigation's link to it, which keeps the session. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".rut-sentences a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const own = [...document.querySelectorAll("[data-testid=stPageLink] a")]
    .find((other) => other.pathname === link.pathname);
  if (!own) return;
  event.preventDefault();
  own.click();
});

// ---- paper -------------------------------------------------------------------------------------

const cssText = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

addEventListener("beforeprint", () => {
  let style = document.getElementById("rut-sheet");
  if (!style) {
    style = document.createElement("style");
    style.id = "rut-sheet";
    document.head.append(style);
  }
  const footing = document.querySelector(".rut-footing")?.textContent ?? "";
  const box = "font: 7pt system-ui, sans-serif; color: #45505f; vertical-align: top;";
  style.textContent = `@page {
    @bottom-left { content: ${cssText(`${footing} · ${location.href}`)}; width: 85%; ${box} }
    @bottom-right { content: counter(page) " / " counter(pages); ${box} }
  }`;
});

// ---- keyboard and screen readers ---------------------------------------------------------------

/** Mark the navigation, and the link in it to the page that is shown. */
function markNavigation() {
  const links = [...document.querySelectorAll("[data-testid=stSidebar] [data-testid=stPageLink] a")];
  const nameOf = (link) => link.getAttribute("href").split("?")[0];
  const last = location.pathname.split("/").pop();
  const shown = links.map(nameOf).includes(last) ? last : "";
  for (const link of links) {
    const isCurrent = nameOf(link) === shown;
    if (isCurrent !== (link.getAttribute("aria-current") === "page")) {
      if (isCurrent) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
  const list = links[0]?.closest("[data-testid=stVerticalBlock]");
  if (list && list.getAttribute("role") !== "navigation" && links.every((a) => list.contains(a))) {
    list.setAttribute("role", "navigation");
    list.setAttribute("aria-label", "Pages");
  }
}

/** Close the drawer of a phone once a page is chosen. */
function closeDrawer(event) {
  const link = event.target.closest?.("[data-testid=stSidebar] [data-testid=stPageLink] a");
  if (!link || !matchMedia("(max-width: 768px)").matches) return;
  document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
}

document.addEventListener("click", closeDrawer);
// Once a frame: reading a chart changes texts with every movement of the pointer.
let isMarkDue = false;
const markSoon = () => {
  if (isMarkDue) return;
  isMarkDue = true;
  requestAnimationFrame(() => {
    isMarkDue = false;
    markNavigation();
  });
};
new MutationObserver(markSoon).observe(document.body, {
  childList: true, subtree: true, attributeFilter: ["aria-current"],
});
