/** What the move in progress would do, and move mode without a keyboard: the steps as buttons, in reach of the thumb. */
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Ban, Check } from "lucide-react";
import { isOpenPlace } from "../lib/conflicts";
import { plural } from "../lib/state";
import type { Foresight } from "../screens/use-outlook";
import { Action, IconAction } from "./controls";
import { SeverityIcon } from "./severity";

interface WordsProps {
  title: string;
  words: string;
  /** How many helpers the move is for. */
  people: number;
  foresight: Foresight;
}

interface Props extends WordsProps {
  /** False where a move changes who does it, and the time stays. */
  canShift: boolean;
  onStep: (time: number, row: number) => void;
  onDrop: () => void;
  onCancel: () => void;
}

export function MoveBar({ canShift, onStep, onDrop, onCancel, ...words }: Props) {
  return (
    <div
      className="move-bar"
      role="group"
      aria-label={`Move ${words.title}`}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
    >
      <MoveWords {...words} />
      <div className="move-steps">
        <IconAction label="15 minutes earlier" isDisabled={!canShift} onPress={() => onStep(-1, 0)}><ArrowLeft aria-hidden /></IconAction>
        <IconAction label="15 minutes later" isDisabled={!canShift} onPress={() => onStep(1, 0)}><ArrowRight aria-hidden /></IconAction>
        <IconAction label="One row up" onPress={() => onStep(0, -1)}><ArrowUp aria-hidden /></IconAction>
        <IconAction label="One row down" onPress={() => onStep(0, 1)}><ArrowDown aria-hidden /></IconAction>
        <Action onPress={onCancel}>Cancel</Action>
        <Action kind="main" onPress={onDrop}>Drop here</Action>
      </div>
    </div>
  );
}

/** While a block is dragged: the words alone, above the finger's way. */
export function DragBar(props: WordsProps) {
  return <div className="move-bar drag-bar" aria-hidden><MoveWords {...props} /></div>;
}

function MoveWords({ title, words, people, foresight }: WordsProps) {
  return (
    <div className="move-words">
      <p><strong>{title}</strong> <span className="num">{words}</span>{people > 1 ? <small>for all {plural(people, "helper")} on it</small> : null}</p>
      <ForesightLines foresight={foresight} />
    </div>
  );
}

/** A line for the worst that the drop would make, and one for what it would end: the bar must not cover the plan. */
function ForesightLines({ foresight: { outlook, refused } }: { foresight: Foresight }) {
  if (refused) return <p className="move-line severity-hard"><Ban aria-hidden size={16} /> <span>{refused}</span></p>;
  if (!outlook) return null;
  const makes = outlook.appear.filter((c) => !isOpenPlace(c));
  const ends = outlook.vanish.filter((c) => !isOpenPlace(c));
  return (
    <>
      {makes[0] ? (
        <p className={`move-line severity-${makes[0].severity}`}>
          <SeverityIcon severity={makes[0].severity} /> <span>{makes[0].text}{makes.length > 1 ? ` And ${makes.length - 1} more.` : ""}</span>
        </p>
      ) : null}
      {ends[0] ? <p className="move-line move-good"><Check aria-hidden size={16} /> <span>Solved: {ends[0].text}{ends.length > 1 ? ` And ${ends.length - 1} more.` : ""}</span></p> : null}
    </>
  );
}
