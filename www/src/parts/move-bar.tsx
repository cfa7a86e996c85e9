/** Move mode without a keyboard: the same steps as buttons, in reach of the thumb. */
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp } from "lucide-react";
import { plural } from "../lib/state";
import { Action, IconAction } from "./controls";

interface Props {
  title: string;
  words: string;
  /** How many helpers the move is for. */
  people: number;
  /** False where a move changes who does it, and the time stays. */
  canShift: boolean;
  onStep: (time: number, row: number) => void;
  onDrop: () => void;
  onCancel: () => void;
}

export function MoveBar({ title, words, people, canShift, onStep, onDrop, onCancel }: Props) {
  return (
    <div
      className="move-bar"
      role="group"
      aria-label={`Move ${title}`}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
    >
      <p><strong>{title}</strong> <span className="num">{words}</span>{people > 1 ? <small>for all {plural(people, "helper")} on it</small> : null}</p>
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
