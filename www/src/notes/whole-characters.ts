/** A pair of surrogates is one character. An edit that cuts a pair is widened, or others would get half of it. */
import { type ChangeSpec, EditorState, type Text } from "@codemirror/state";

export const wholeCharacters = EditorState.transactionFilter.of((edit) => {
  if (!edit.docChanged) return edit;
  const widened: ChangeSpec[] = [];
  edit.changes.iterChanges((fromA, toA, fromB, toB) => {
    const [left, right] = [cuts(edit.startState.doc, fromA), cuts(edit.startState.doc, toA)];
    if (!left && !right) return;
    const [from, to] = [left ? fromB - 1 : fromB, right ? toB + 1 : toB];
    widened.push({ from, to, insert: edit.newDoc.slice(from, to) });
  });
  return widened.length === 0 ? edit : [edit, { changes: widened, selection: edit.newSelection, sequential: true }];
});

/** Whether this position lies inside a pair. */
function cuts(doc: Text, at: number): boolean {
  if (at === 0 || at === doc.length) return false;
  const around = doc.sliceString(at - 1, at + 1);
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(around);
}
