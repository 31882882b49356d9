// What ann of another server and alice of this one do with each other.
import meeting from "./steps/meeting.mjs";
import outgoing from "./steps/outgoing.mjs";
import incoming from "./steps/incoming.mjs";
import signatures from "./steps/signatures.mjs";
import parting from "./steps/parting.mjs";

export const steps = [...meeting, ...outgoing, ...incoming, ...signatures, ...parting];
