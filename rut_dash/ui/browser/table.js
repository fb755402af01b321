// A table of which a reader picks a row: by a click, a tap, or Enter on the row's first cell.
// One row can be reached with the Tab key; the arrow keys, Home and End move to the others.

const decoder = new TextDecoder();

export default function table({ data, parentElement, setTriggerValue }) {
  const { html, selected } = JSON.parse(decoder.decode(data));
  let box = parentElement.querySelector(":scope > .rut-part");
  const isNew = !box;
  if (isNew) {
    box = document.createElement("div");
    box.className = "rut-part";
    parentElement.append(box);
  }
  if (box.html !== html) {
    box.html = html;
    box.innerHTML = html;
  }
  // In the order that a reader sees: the headings sort the rows.
  const rowsNow = () => [...box.querySelectorAll("tbody tr")];
  const buttonsNow = () => rowsNow().map((row) => row.querySelector("button"));

  const mark = (at) => {
    rowsNow().forEach((row, n) => {
      if (n === at) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    focusable(Math.max(at, 0));
  };
  const focusable = (at) => {
    buttonsNow().forEach((button, n) => { button.tabIndex = n === at ? 0 : -1; });
  };
  const rows = rowsNow();
  const at = rows.findIndex((row) => row.dataset.row === selected);
  mark(at);
  if (isNew && at > 0) {
    const frame = box.querySelector(".rut-table");
    frame.scrollTop = rows[at].offsetTop - frame.clientHeight / 2;
  }
  box.onclick = (event) => {
    const row = event.target.closest("tbody tr");
    if (!row || String(getSelection())) return;
    mark(rowsNow().indexOf(row));
    setTriggerValue("picked", row.dataset.row);
  };
  box.onkeydown = (event) => {
    const buttons = buttonsNow();
    const from = buttons.indexOf(event.target);
    const last = buttons.length - 1;
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: last }[event.key];
    if (from < 0 || to === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(to, 0), last);
    focusable(next);
    buttons[next].focus();
  };
}
