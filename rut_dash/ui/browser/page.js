// What every page has: tables that are sorted by a click on the heading of a column.

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
