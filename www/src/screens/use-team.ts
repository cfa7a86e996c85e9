/** Whose devices have the plan, as the hub knows it. */
import { type TeamState, team } from "@wedsync/core";
import { type Remote, useRemote } from "./use-remote";

const readState = () => team().state();

export const useTeamState = (): Remote<TeamState> => useRemote(readState);
