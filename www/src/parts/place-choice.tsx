import { usePlaces } from "../workspace";
import { Choice, type Option } from "./controls";

const NONE = "-";

interface Props {
  label?: string;
  value: string | null;
  onChange: (place: string | null) => void;
  error?: string | null;
  /** What it means to choose none. */
  none?: string;
  /** Offers those only of which the plan knows where they are. */
  onlyLocated?: boolean;
}

export function PlaceChoice({ label = "Place", value, onChange, error, none = "No place", onlyLocated }: Props) {
  const places = usePlaces();
  const options: Option[] = [
    { id: NONE, label: none },
    ...places.filter((p) => (!p.archived || p.id === value) && (!onlyLocated || p.latitude !== null)).map((p) => ({ id: p.id, label: p.name })),
  ];
  return (
    <Choice label={label} options={options} value={value ?? NONE} onChange={(id) => onChange(id === NONE ? null : id)} error={error} />
  );
}
