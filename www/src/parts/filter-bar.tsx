import { Search, X } from "lucide-react";
import { Button, Input, SearchField, ToggleButton } from "react-aria-components";
import type { Filter } from "../lib/filter";

interface Props {
  filter: Filter;
  onChange: (filter: Filter) => void;
  canBeMine: boolean;
}

export function FilterBar({ filter, onChange, canBeMine }: Props) {
  return (
    <div className="filters">
      <Finder label="Find shifts" value={filter.text} onChange={(text) => onChange({ ...filter, text })} />
      <ToggleButton className="toggle" aria-label="Open places only" isSelected={filter.openOnly} onChange={(openOnly) => onChange({ ...filter, openOnly })}>
        Open places
      </ToggleButton>
      {canBeMine ? (
        <ToggleButton className="toggle" isSelected={filter.mineOnly} onChange={(mineOnly) => onChange({ ...filter, mineOnly })}>
          Mine
        </ToggleButton>
      ) : null}
    </div>
  );
}

export function Finder({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  return (
    <SearchField className="finder" aria-label={label} value={value} onChange={onChange}>
      <Search aria-hidden size={18} />
      <Input className="input" placeholder={label} />
      <Button className="icon-button clear"><X aria-hidden size={18} /></Button>
    </SearchField>
  );
}
