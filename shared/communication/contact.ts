import * as z from 'zod';

/** Somebody who is called in an emergency (SOP "Emergency Contacts"). */
export const EmergencyContact = z.strictObject({
  role: z.string().min(1),
  name: z.string().min(1),
  email: z.email(),
});
export type EmergencyContact = z.infer<typeof EmergencyContact>;

/** Who leads what (SOP "Recovery Team Structure"); names. */
export const Team = z.strictObject({
  incidentCommander: z.string().min(1),
  secondaryCommander: z.string().min(1),
  databaseLead: z.string().min(1),
  exchangeLead: z.string().min(1),
  securityLead: z.string().min(1),
  communicationCoordinator: z.string().min(1),
});
export type Team = z.infer<typeof Team>;
