import { useStore, useWorkspace } from "../workspace";
import { Choice, type Option } from "./controls";

const NONE = "-";

interface Props {
  label?: string;
  value: string | null;
  onChange: (place: string | null) => void;
  error?: string | null;
}

export function PlaceChoice({ label = "Place", value, onChange, error }: Props) {
  const places = useStore(useWorkspace().places);
  const options: Option[] = [
    { id: NONE, label: "No place" },
    ...places.filter((p) => !p.archived || p.id === value).map((p) => ({ id: p.id, label: p.name })),
  ];
  return (
    <Choice label={label} options={options} value={value ?? NONE} onChange={(id) => onChange(id === NONE ? null : id)} error={error} />
  );
}
