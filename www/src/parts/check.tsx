/** A box to tick, as large as a finger. */
import { Check as Tick } from "lucide-react";
import type { ReactNode } from "react";
import { Checkbox } from "react-aria-components";

interface Props {
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
  children: ReactNode;
}

export function Check({ isSelected, onChange, children }: Props) {
  return (
    <Checkbox className="check" isSelected={isSelected} onChange={onChange}>
      <span className="check-box">{isSelected ? <Tick aria-hidden size={18} /> : null}</span> <span>{children}</span>
    </Checkbox>
  );
}
