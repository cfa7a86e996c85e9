/** Places: where shifts are. */
import { type Place, newId } from "@wedsync/core";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "react-aria-components";
import { coordinates, millionths } from "../lib/availability";
import { Action, Empty, Field } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { Title } from "../parts/shell";
import { errorInfo, useMay, usePlaces, useWorkspace, watch } from "../workspace";
import { Journeys } from "./journeys";

export function PlacesScreen() {
  const places = usePlaces();
  const may = useMay();
  const [chosen, setChosen] = useState<Place | "new" | null>(null);
  const here = places.filter((p) => !p.archived);
  const archived = places.filter((p) => p.archived);
  const row = (p: Place) => (
    <li key={p.id}>
      {may.plan ? (
        <Button className="row row-button" onPress={() => setChosen(p)}><PlaceWords place={p} /></Button>
      ) : (
        <div className="row"><PlaceWords place={p} /></div>
      )}
    </li>
  );
  return (
    <div className="page stack">
      <Title extra={may.plan ? <div className="thumb"><Action kind="main" icon={<Plus aria-hidden size={18} />} onPress={() => setChosen("new")}>Add place</Action></div> : null}>Places</Title>
      {here.length === 0 ? <Empty>No places yet. An import makes those it names.</Empty> : null}
      <ul className="rows">{here.map(row)}</ul>
      {here.length > 1 ? <Journeys canChange={may.plan} /> : null}
      {archived.length > 0 ? (
        <details className="fold">
          <summary>Archived <span className="count">{archived.length}</span></summary>
          <ul className="rows">{archived.map(row)}</ul>
        </details>
      ) : null}
      {chosen ? <PlaceSheet place={chosen === "new" ? null : chosen} onClose={() => setChosen(null)} /> : null}
    </div>
  );
}

function PlaceWords({ place }: { place: Place }) {
  return (
    <>
      <span className="grow"><strong>{place.name}</strong>{place.venue ? <small>{place.venue}</small> : null}</span>
      <small className="num row-end">{coordinates(place.latitude, place.longitude)}</small>
    </>
  );
}

function PlaceSheet({ place, onClose }: { place: Place | null; onClose: () => void }) {
  const ws = useWorkspace();
  const [name, setName] = useState(place?.name ?? "");
  const [latitude, setLatitude] = useState(place?.latitude?.toString() ?? "");
  const [longitude, setLongitude] = useState(place?.longitude?.toString() ?? "");
  const [venue, setVenue] = useState(place?.venue ?? "");
  const [error, setError] = useState<{ message: string; field?: string | null } | null>(null);
  const at = (field: string) => (error?.field === field ? error.message : null);

  const run = async (edit: () => ReturnType<typeof ws.do>) => {
    try {
      watch(await edit());
      onClose();
    } catch (failure) {
      setError(errorInfo(failure));
    }
  };
  const submit = () => {
    const fields = { name: name.trim(), latitude: millionths(latitude), longitude: millionths(longitude), venue: venue.trim() || null };
    for (const field of ["latitude", "longitude"] as const) {
      if (Number.isNaN(fields[field])) return setError({ field, message: "Decimal degrees, such as 52.042232." });
    }
    if (!place) {
      const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
      return void run(() => ws.do({ type: "add_place", place: newId(), fields: known }));
    }
    const set = {
      ...(fields.name !== place.name && { name: fields.name }),
      ...(latitude !== (place.latitude?.toString() ?? "") && { latitude: fields.latitude }),
      ...((fields.venue ?? "") !== place.venue && { venue: fields.venue }),
      ...(longitude !== (place.longitude?.toString() ?? "") && { longitude: fields.longitude }),
    };
    if (Object.keys(set).length === 0) return onClose();
    void run(() => ws.do({ type: "update_place", place: place.id, set }));
  };

  return (
    <Sheet
      title={place ? "Place" : "Add a place"} isOpen onClose={onClose}
      foot={
        <>
          {place ? (
            <Action onPress={() => void run(() => ws.do({ type: "update_place", place: place.id, set: { archived: !place.archived } }))}>
              {place.archived ? "Bring back" : "Archive"}
            </Action>
          ) : null}
          <Action kind="main" onPress={submit}>{place ? "Save" : "Add"}</Action>
        </>
      }
    >
      <div className="stack">
        <Field label="Name" value={name} onChange={setName} isRequired autoFocus error={at("name")} onEnter={submit} />
        <div className="pair">
          <Field label="Latitude" inputMode="decimal" value={latitude} onChange={setLatitude} error={at("latitude")} />
          <Field label="Longitude" inputMode="decimal" value={longitude} onChange={setLongitude} error={at("longitude")} />
        </div>
        <Field label="Venue" value={venue} onChange={setVenue} error={at("venue")} hint="The house it is part of. Between places of one venue nobody travels." />
        {error && !at(error.field ?? "") ? <p className="field-error" role="alert">{error.message}</p> : null}
      </div>
    </Sheet>
  );
}
