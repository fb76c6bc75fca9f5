import type { components } from './schema';

type Schemas = components['schemas'];

export type Agent = Schemas['Agent'];
export type AgentStatus = Schemas['AgentStatus'];
export type AgentsResponse = Schemas['AgentsResponse'];
export type AgentStats = Schemas['AgentStats'];
export type ApiKey = Schemas['ApiKeyResponse'];
export type NewApiKey = Schemas['NewApiKeyResponse'];
export type Delivery = Schemas['Delivery'];
export type DeliveryDetails = Schemas['DeliveryDetails'];
export type DeliveryState = Schemas['DeliveryState'];
export type Endpoint = Schemas['NotificationEndpointDetails'];
export type LiveEvent = Schemas['LiveEvent'];
export type Login = Schemas['LoginResponse'];
export type LoginSummary = Schemas['LoginSummary'];
export type Mute = Schemas['Mute'];
export type Problem = Schemas['Problem'];
export type Session = Schemas['Session'];
export type SessionPage = Schemas['AgentSessions'];
export type SessionState = Schemas['SessionState'];
export type SessionWithHistory = Schemas['SessionWithHistory'];
export type Stack = Schemas['StackListItem'];
export type StackDetails = Schemas['StackDetails'];
export type StackPage = Schemas['StackListItemPage'];
export type StackStatus = Schemas['StackStatus'];
export type StatusReport = Schemas['Status'];
export type User = Schemas['UserResponse'];
