/** From where and how a helper comes, and in which time zone they live. */
import type { Fields, Limits } from "@wedsync/core";
import { useState } from "react";
import { coordinates, millionths } from "../lib/availability";
import { deviceZone } from "../lib/time";
import { Action, Field } from "../parts/controls";
import { PlaceChoice } from "../parts/place-choice";
import { SaveChoice, SaveField } from "../parts/save-field";
import { Sheet } from "../parts/sheet";
import { errorInfo, useDo, useMay, usePlaces, useWorkspace, watch } from "../workspace";

interface Props {
  helper: string;
  limits: Limits;
}

const MODES = [
  { id: "none", label: "Not said" },
  { id: "walk", label: "On foot" },
  { id: "bicycle", label: "By bicycle" },
  { id: "transit", label: "By bus and train" },
  { id: "car", label: "By car" },
] as const;

export function HomeSection({ helper, limits }: Props) {
  const ws = useWorkspace();
  const places = usePlaces();
  const [open, setOpen] = useState(false);
  const set = (fields: Fields) => ws.do({ type: "update_limits", helper, set: fields });
  const place = places.find((p) => limits.latitude !== null && p.latitude === limits.latitude && p.longitude === limits.longitude);
  const at = coordinates(limits.latitude, limits.longitude);
  const device = deviceZone();
  const act = useDo();
  const isSelf = useMay().helper === helper;
  return (
    <section className="stack" aria-labelledby="home">
      <h2 id="home">Home and travel</h2>
      <div className="row">
        <span className="grow"><strong>Home</strong><small className="num">{place ? `At ${place.name}` : at || "not said"}</small></span>
        <Action label="Change home" onPress={() => setOpen(true)}>Change</Action>
      </div>
      <SaveChoice
        label="Travels" options={MODES} value={limits.travel_mode ?? "none"}
        save={(mode) => set({ travel_mode: mode === "none" ? null : mode })}
      />
      <SaveField
        label="Home time zone" value={limits.zone ?? ""} placeholder={device} save={(zone) => set({ zone })}
        hint="Working hours and days are counted there."
      />
      {isSelf && limits.zone !== device ? <div className="actions"><Action onPress={() => void act({ type: "update_limits", helper, set: { zone: device } })}>{`Use ${device}, as on this device`}</Action></div> : null}
      {open ? <HomeSheet limits={limits} save={set} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

interface SheetProps {
  limits: Limits;
  save: (fields: Fields) => ReturnType<ReturnType<typeof useWorkspace>["do"]>;
  onClose: () => void;
}

function HomeSheet({ limits, save, onClose }: SheetProps) {
  const places = usePlaces();
  const [latitude, setLatitude] = useState(limits.latitude?.toString() ?? "");
  const [longitude, setLongitude] = useState(limits.longitude?.toString() ?? "");
  const [error, setError] = useState<{ message: string; field?: string | null } | null>(null);
  const at = (field: string) => (error?.field === field ? error.message : null);
  const here = places.find((p) => p.latitude !== null && `${p.latitude}` === latitude && `${p.longitude}` === longitude);
  const take = (id: string | null) => {
    const place = places.find((p) => p.id === id);
    setLatitude(place?.latitude?.toString() ?? "");
    setLongitude(place?.longitude?.toString() ?? "");
    setError(null);
  };
  const submit = async () => {
    const fields = { latitude: millionths(latitude), longitude: millionths(longitude) };
    for (const field of ["latitude", "longitude"] as const) {
      if (Number.isNaN(fields[field])) return setError({ field, message: "Decimal degrees, such as 52.042232." });
    }
    try {
      watch(await save(fields));
      onClose();
    } catch (failure) {
      setError(errorInfo(failure));
    }
  };
  return (
    <Sheet title="Home" isOpen onClose={onClose} foot={<Action kind="main" onPress={() => void submit()}>Save</Action>}>
      <div className="stack">
        <p>Used for one thing: to estimate the journey to a shift, as the crow flies. The helper and coordinators see it. A place nearby will do.</p>
        <PlaceChoice label="At a place" value={here?.id ?? null} none="Somewhere else" onChange={take} onlyLocated />
        <div className="pair">
          <Field label="Latitude" inputMode="decimal" value={latitude} onChange={setLatitude} error={at("latitude")} placeholder="52.04223" />
          <Field label="Longitude" inputMode="decimal" value={longitude} onChange={setLongitude} error={at("longitude")} placeholder="7.91834" />
        </div>
        {error && !at(error.field ?? "") ? <p className="field-error" role="alert">{error.message}</p> : null}
      </div>
    </Sheet>
  );
}
