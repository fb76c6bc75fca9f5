// Made by `npm run api` from docs/openapi.json. Don't edit it: the tests compare the two.

export interface paths {
    "/api/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List agents
         * @description All of the caller's, deployed and reported, those seen last first.
         */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an agent */
        get: operations["getAgent"];
        /**
         * Change an agent's name or description
         * @description What is absent stays as it is; a `null` description is cleared.
         */
        put: operations["updateAgent"];
        post?: never;
        /**
         * Delete an agent
         * @description A deployed agent is `deleting` until its process, files and rows are gone; after that it is 404. A reported one goes at once, with its
         *     history, and comes back with its next report. Asking again is fine.
         */
        delete: operations["deleteAgent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace an agent's code
         * @description Makes a revision with the code of the ZIP and deploys it; what runs goes on until that is ready. The configuration stays, as far as `config`
         *     doesn't change it. The present code once more, unless it has failed, makes no revision. With `wait` the answer comes when the revision is active or
         *     has failed, or after that time; the status code is the same, so look at `state`.
         */
        put: operations["replaceAgentCode"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an agent's configuration
         * @description That of the revision that should run: what was set through the API, and for all else what its code's `agent.yaml` says. What is null is left to
         *     the server. 409 for an agent that only reports.
         */
        get: operations["getAgentConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change an agent's configuration
         * @description A JSON merge patch: what is absent stays as it is, `null` clears it. Makes a revision of the same code and deploys it; what changes nothing makes
         *     none, and the answer is the present one. With `wait` the answer comes when the revision is active or has failed, or after that time; the status
         *     code is the same, so look at `state`.
         */
        patch: operations["updateAgentConfig"];
        trace?: never;
    };
    "/api/agents/{agent_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow an agent's events
         * @description As for all events, but only of this agent, which has to exist.
         */
        get: operations["followAgentEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an agent's log
         * @description What the agent's processes wrote, oldest first: `time pod text` for each line, or JSON lines with `Accept: application/x-ndjson`. A stopped or
         *     crashed agent's log answers too. Where something is missing stands a marker such as `[… 1.2 MB cut …]`, with the source `server`.
         *     A log that is followed goes on, over restarts and other revisions, until either side ends it or the agent is deleted; a client that reads
         *     too slowly misses lines and is told how much.
         */
        get: operations["getAgentLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See whether an agent is muted
         * @description By itself or with its stack.
         */
        get: operations["getAgentMute"];
        /**
         * Mute an agent
         * @description What happens to it until then is in the log of deliveries as `muted` and is never sent. Muting again moves the end.
         */
        put: operations["muteAgent"];
        post?: never;
        /**
         * Unmute an agent
         * @description A mute of its stack stays. Where there is none, nothing happens.
         */
        delete: operations["unmuteAgent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restart an agent
         * @description The same revision in new processes; the old ones serve until those are ready. 409 for a stopped agent, and for one that only reports. With
         *     `wait` the answer comes when they run or have failed, or after that time; the status code is the same, so look at `status`.
         */
        post: operations["restartAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an agent's revisions
         * @description Newest first; `next_cursor` gets the older ones and is null at the end. Only the newest are kept, 10 unless the server is set otherwise, and those
         *     that run or may have to.
         */
        get: operations["listAgentRevisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/revisions/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a revision */
        get: operations["getAgentRevision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/revisions/{number}/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a revision's code
         * @description The ZIP as it was uploaded. Ranges and conditional requests are served; the ETag is its SHA-256.
         */
        get: operations["downloadAgentRevisionCode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll an agent back
         * @description Makes a new revision with the code, settings and secrets of an earlier one, and deploys it; what runs goes on until that is ready. With `wait` the
         *     answer comes when it is active or has failed, or after that time; the status code is the same, so look at `state`.
         */
        post: operations["rollBackAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an agent's sessions
         * @description The session with the newest report first.
         */
        get: operations["listAgentSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/sessions/{session_topic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a session with its history
         * @description The newest report first. `next_cursor` gets the older ones; it is null at the end.
         */
        get: operations["getAgentSession"];
        put?: never;
        post?: never;
        /**
         * Delete a session
         * @description With its history. A later report with the same topic opens a new session.
         */
        delete: operations["deleteAgentSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start an agent
         * @description Ends a stop; an agent that isn't stopped stays as it is. With `wait` the answer comes when it runs or has failed, or after that time; the status
         *     code is the same, so look at `status`.
         */
        post: operations["startAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an agent's statistics
         * @description How its runs went in a span of time of up to a year. A run lasts from a session's first `running` after its last `success` or `failed` to
         *     the next of these; counted are the runs that ended in the span. `hourly` is there for spans of up to 31 days.
         */
        get: operations["getAgentStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an agent's latest report
         * @description Over all its sessions, expired ones included, with the reports before it in `history`. 404 when it never reported.
         */
        get: operations["getAgentStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{agent_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop an agent
         * @description Ends its processes until it is started again; everything else stays. What is changed meanwhile is deployed by the start. Asking twice is the
         *     same as asking once.
         */
        post: operations["stopAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/apikeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's API keys
         * @description Newest first, revoked ones and those of deployed agents included.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key
         * @description The answer holds the key, this once. `expires_in` counts days; without it the key doesn't expire. Scopes: `report` (the default), `read`, `write`.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/apikeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description It stops working at once and stays in the list as revoked.
         */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the audit trail
         * @description What was done to the caller's resources, by whom and from where; newest first. `next_cursor` gets the older entries and is null at the
         *     end. An entry is written together with its deed and never changed; what was refused has none, but for logins that failed. Kept for a
         *     year, unless the server is set otherwise.
         */
        get: operations["listAuditEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description The refresh token comes in the body and in a cookie, with `use_cookies=true` in the cookie alone.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's logins
         * @description Those that haven't ended, the one used last first; at most 100.
         */
        get: operations["listLogins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logins/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a login
         * @description On whatever device it is: its tokens are refused from now on. Ending it twice is the same as once.
         */
        delete: operations["endLogin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description Ends the login that the cookie, the refresh token in the body or the access token belongs to; with `all=true` every login of the user.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the caller's account */
        get: operations["getMe"];
        /**
         * Change the caller's account
         * @description What is null or absent stays as it is; an empty `notification_webhook_url` clears it.
         */
        put: operations["updateMe"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the caller's password
         * @description Ends every login of the user but this one. API keys go on working: revoke those that others may know.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a refresh token for new tokens
         * @description Takes the token from the body, else from the cookie. Each refresh token is good for one exchange; using a spent one again ends its login.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make an account
         * @description The password needs 8 to 128 characters, among them an upper-case letter, a lower-case letter and a digit. `name` is accepted in place of `full_name`.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow events
         * @description Server-sent events of all that is the caller's, until the client or the server ends the stream. Each has an `id` that grows; after an
         *     interruption of up to an hour, `Last-Event-ID` goes on without a gap or a repeat. Where events are missing, `stream.reset` comes first:
         *     load what you show anew. The last event says why a stream ends: `stream.dropped` (the client reads too slowly) or `stream.closed`.
         */
        get: operations["followEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries
         * @description What endpoints were told, or are being told, or weren't because of a mute; the account's `notification_webhook_url` included. Newest
         *     first; `next_cursor` gets the older ones and is null at the end. Kept for 30 days, unless the server is set otherwise.
         */
        get: operations["listNotificationDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a delivery
         * @description With what was sent and how each try went.
         */
        get: operations["getNotificationDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deliver once more
         * @description A new delivery of the same notification, with the same `webhook-id`, to the endpoint as it is now. 409 when the endpoint is gone or
         *     disabled. 120 a minute.
         */
        post: operations["redeliverNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List notification endpoints
         * @description All of the caller's, oldest first. The account's `notification_webhook_url` isn't among them.
         */
        get: operations["listNotificationEndpoints"];
        put?: never;
        /**
         * Add a notification endpoint
         * @description From now on it is told of the caller's events that fit. The answer holds the secret that notifications are signed with, this once. An
         *     account has at most 50 endpoints.
         */
        post: operations["createNotificationEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/endpoints/{endpoint_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a notification endpoint */
        get: operations["getNotificationEndpoint"];
        put?: never;
        post?: never;
        /**
         * Delete a notification endpoint
         * @description What is on its way to it is given up. The log of its deliveries stays.
         */
        delete: operations["deleteNotificationEndpoint"];
        options?: never;
        head?: never;
        /**
         * Change a notification endpoint
         * @description What is absent stays as it is. `enabled: true` starts a disabled endpoint anew; `enabled: false` also gives up what is on its way to it.
         */
        patch: operations["updateNotificationEndpoint"];
        trace?: never;
    };
    "/api/notifications/endpoints/{endpoint_id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate an endpoint's secret
         * @description The answer holds the new secret, this once. For 24 hours notifications are signed with both, the new one first.
         */
        post: operations["rotateNotificationEndpointSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/endpoints/{endpoint_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test notification
         * @description Sends `endpoint.test` now and answers what came back, within about 15 seconds. It is in the log, and isn't tried again. Ten a minute.
         */
        post: operations["testNotificationEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stacks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List stacks
         * @description The caller's stacks, newest first.
         */
        get: operations["listStacks"];
        put?: never;
        /**
         * Create a stack
         * @description The stack is `creating` until the runtime has a place for it, then `ready`. It takes agents at once.
         */
        post: operations["createStack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stacks/{stack_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a stack with its agents */
        get: operations["getStack"];
        /**
         * Change a stack's name or description
         * @description What is absent stays as it is; a `null` description is cleared.
         */
        put: operations["updateStack"];
        post?: never;
        /**
         * Delete a stack with all its agents
         * @description The stack is `deleting` until its processes, files and rows are gone; after that it is 404. Asking again is fine.
         */
        delete: operations["deleteStack"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stacks/{stack_id}/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the agents of a stack
         * @description Oldest first.
         */
        get: operations["listStackAgents"];
        put?: never;
        /**
         * Upload an agent
         * @description Adds an agent to a stack from a ZIP of its code and deploys it: `pending`, then `deploying`, then `running`, or `failed` with the reason.
         *     The upload is streamed; send `name` before `file` to have a bad name refused before the file is sent. With `wait` the answer comes when the
         *     agent runs or has failed, or after that time; the status code is the same, so look at `status`.
         */
        post: operations["createAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stacks/{stack_id}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** See whether a stack is muted */
        get: operations["getStackMute"];
        /**
         * Mute a stack with its agents
         * @description What happens to them until then is in the log of deliveries as `muted` and is never sent. Muting again moves the end.
         */
        put: operations["muteStack"];
        post?: never;
        /**
         * Unmute a stack
         * @description Mutes of its agents stay. Where there is none, nothing happens.
         */
        delete: operations["unmuteStack"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server answers at all. */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process is alive; if not, restart it. */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the database and the runtime work, so that requests may be sent here. */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/agent.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The schema of agent.yaml
         * @description JSON Schema, draft 2020-12. An editor finds it by a first line `# yaml-language-server: $schema=…/schemas/agent.json`.
         */
        get: operations["getAgentSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhook/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report a status
         * @description One report, or an array of up to 1,000, each accepted or refused on its own. The answer comes once the reports are durable.
         *     An unknown `agent_id` registers an agent; an unknown `session_topic` opens a session.
         */
        post: operations["reportStatus"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An agent, deployed or reported: both halves in one shape. */
        Agent: {
            /**
             * Format: int32
             * @description Those that haven't expired.
             */
            active_session_count: number;
            /** @description The id in paths and reports: the UUID for a deployed agent, the reporter's own text for a reported one. */
            agent_id: string;
            /** @description Where the agent answers; null for a reported agent. */
            api_url: null | string;
            /**
             * Format: date-time
             * @description UTC.
             */
            created_at: string;
            /** @description Who made it. */
            created_by: components["schemas"]["UserInfo"];
            /** @description At most 5,000 characters. */
            description: null | string;
            /** @description The server's folder of its code; null for a reported agent. */
            disk_path: null | string;
            /**
             * Format: uuid
             * @description UUID of the row.
             */
            id: string;
            /** @description Made here, or known by its reports. */
            kind: components["schemas"]["AgentKind"];
            /**
             * Format: date-time
             * @description When its newest report came (UTC); null before the first.
             */
            last_seen: null | string;
            /** @description Of the same session's newest report; absent when empty. */
            latest_message?: string;
            /**
             * @description Of the session with the newest report; `expired` when that fell silent while it was running. When it expired otherwise, of the newest
             *     session that hasn't; absent when there is none.
             */
            latest_status?: components["schemas"]["SessionState"];
            /** @description 1…255 characters. */
            name: string;
            /**
             * Format: date-time
             * @description When the agent became known here (UTC).
             */
            registered: string;
            /**
             * Format: int32
             * @description Counts changes of code or configuration, from 1; 0 for a reported agent.
             */
            revision: number;
            /**
             * Format: int32
             * @description All its sessions.
             */
            session_count: number;
            /** @description Where a reporting agent says it runs. */
            source: null | string;
            /**
             * Format: uuid
             * @description Null for a reported agent.
             */
            stack_id: null | string;
            /** @description Deployment status; `external` for a reported agent. */
            status: components["schemas"]["AgentStatus"];
            /** @description A sentence for a person, with exit code and last log lines where there are any. */
            status_message: null | string;
            /** @description A stable word for the cause, for example `CrashLoopBackOff`. */
            status_reason: null | string;
            /** @description Where a person talks to it; null for a reported agent. */
            ui_url: null | string;
            /**
             * Format: date-time
             * @description UTC; changes by its user, not by reports.
             */
            updated_at: string;
            /** @description Who changed it last. */
            updated_by: components["schemas"]["UserInfo"];
        };
        /** @description How an agent is run, as far as its code or somebody said so. What is null is left to the server. */
        AgentConfig: {
            /** @description What follows the command. */
            args: null | string[];
            /** @description Whether a revision that doesn't come to run gives way to the one before by itself; null: yes. */
            auto_rollback: null | boolean;
            /** @description The program and what always follows it. */
            command: null | string[];
            /** @description Variables by name, without the server's own. */
            environment: {
                [key: string]: string;
            };
            /** @description How it is found out that the agent is ready. */
            health: components["schemas"]["HealthSettings"] | null;
            /** @description Container image. */
            image: null | string;
            /**
             * Format: int32
             * @description Where the container listens.
             */
            port: null | number;
            /**
             * Format: int32
             * @description Pods at the same time.
             */
            replicas: null | number;
            /** @description What each pod asks for, and may use at most. */
            resources: components["schemas"]["ResourceSettings"] | null;
            /** @description Their names alone. Null: they can't be read, as the server's SECRET_KEY has changed. */
            secrets: null | components["schemas"]["SecretName"][];
            /** @description Where each part comes from, by its path (`environment.LOG_LEVEL`, `health.path`): `code`, its `agent.yaml`, or `api`. */
            sources: {
                [key: string]: components["schemas"]["ConfigSource"];
            };
        };
        /**
         * @description A change of an agent's configuration, as a JSON merge patch (RFC 7396): what is absent stays as it is, `null` clears it, and what isn't set is left
         *     to the code's `agent.yaml` and then to the server.
         */
        AgentConfigPatch: {
            /** @description What follows the command. */
            args?: null | string[];
            /** @description Whether a revision that doesn't come to run gives way to the one before by itself: yes, unless it is set to false. */
            auto_rollback?: null | boolean;
            /** @description The program and what always follows it, in place of the image's entry point or of what the code's files suggest. */
            command?: null | string[];
            /** @description Variables by name; those that aren't named stay, `null` removes one. Names that begin with `STACKAGENT_`, and `PORT`, are the server's. */
            environment?: null | {
                [key: string]: null | string;
            };
            /** @description How it is found out that the agent is ready, and by when it has to be. */
            health?: components["schemas"]["HealthPatch"] | null;
            /** @description Container image; local processes don't care. */
            image?: null | string;
            /** @description What to remember about this change; at most 1,000 characters. */
            note?: null | string;
            /**
             * Format: int32
             * @description Where the container listens. A local process is told a free port by `PORT` in any case.
             */
            port?: null | number;
            /**
             * Format: int32
             * @description Pods at the same time; a local agent is one process.
             */
            replicas?: null | number;
            /** @description What each pod asks for, and may use at most. */
            resources?: components["schemas"]["ResourcesPatch"] | null;
            /** @description Like variables, but encrypted where they are stored, and never shown again. A name can't be both. */
            secrets?: null | {
                [key: string]: null | string;
            };
        };
        AgentDeletedLiveEvent: {
            /** @description An agent came or went. */
            data: components["schemas"]["AgentEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "agent.deleted";
        };
        AgentDeletedNotification: {
            /** @description An agent came or went. */
            data: components["schemas"]["AgentEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "agent.deleted";
        };
        /** @description An agent came or went. */
        AgentEvent: {
            /** @description Which agent. */
            agent: components["schemas"]["EventAgent"];
        };
        /** @enum {string} */
        AgentKind: "deployed" | "reported";
        /** @description One line of an agent's log. */
        AgentLogLine: {
            /** @description What was written. */
            message: string;
            /** @description The pod that wrote it; without a cluster the process, as `r3-17`: revision 3, the agent's 17th process. `-`: neither. */
            pod: string;
            /** @description `stdout` or `stderr`; in a cluster always `stdout`, since Kubernetes doesn't tell them apart. `server`: StackAgent's own remark. */
            source: components["schemas"]["LogSource"];
            /**
             * Format: date-time
             * @description When it was written.
             */
            time: string;
        };
        /** @description One page of a list. */
        AgentPage: {
            /** @description At most `limit` of them, in a stable order. */
            items: components["schemas"]["Agent"][];
            /**
             * Format: int32
             * @description Items in a full page.
             */
            limit: number;
            /**
             * Format: int32
             * @description Which page this is, from 1.
             */
            page: number;
            /**
             * Format: int32
             * @description How many pages there are; 0 for an empty list.
             */
            pages: number;
            /**
             * Format: int32
             * @description Items in all pages.
             */
            total: number;
        };
        AgentRegisteredLiveEvent: {
            /** @description An agent came or went. */
            data: components["schemas"]["AgentEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "agent.registered";
        };
        AgentRegisteredNotification: {
            /** @description An agent came or went. */
            data: components["schemas"]["AgentEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "agent.registered";
        };
        AgentSessions: {
            /** Format: int32 */
            limit: number;
            /** Format: int32 */
            page: number;
            /** Format: int32 */
            pages: number;
            sessions: components["schemas"]["Session"][];
            /** Format: int32 */
            total: number;
        };
        /** @description One page of agents. */
        AgentsResponse: {
            /** @description At most `limit` of them, those seen last first. */
            agents: components["schemas"]["Agent"][];
            /**
             * Format: int32
             * @description Agents in a full page.
             */
            limit: number;
            /**
             * Format: int32
             * @description Which page this is, from 1.
             */
            page: number;
            /**
             * Format: int32
             * @description How many pages there are; 0 for an empty list.
             */
            pages: number;
            /**
             * Format: int32
             * @description Agents in all pages.
             */
            total: number;
        };
        /**
         * @description A run lasts from a session's first `running` after its last `success` or `failed` to the next of these. Counted are the runs
         *     that ended in the span.
         */
        AgentStats: {
            /** @description The agent's `agent_id`. */
            agent_id: string;
            /** Format: int64 */
            failed: number;
            /** Format: date-time */
            from: string;
            /** @description Hours (UTC) with reports, in their order; absent for spans of more than 31 days. */
            hourly?: components["schemas"]["HourlyReports"][];
            /**
             * Format: double
             * @description Null without a run.
             */
            median_duration_seconds: null | number;
            /**
             * Format: double
             * @description 95 of 100 runs took no longer; null without a run.
             */
            p95_duration_seconds: null | number;
            /**
             * Format: int64
             * @description Status reports of any kind.
             */
            reports: number;
            /**
             * Format: double
             * @description Over the whole span, hours before the agent's first report included.
             */
            reports_per_hour: number;
            /** Format: int64 */
            runs: number;
            /** Format: int64 */
            succeeded: number;
            /**
             * Format: double
             * @description Succeeded runs of all, 0 to 1; null without a run.
             */
            success_rate: null | number;
            /**
             * Format: date-time
             * @description Not in the span any more.
             */
            to: string;
        };
        /**
         * @description `pending → deploying → running | failed`, `stopped` at its user's wish, `deleting → gone`; `external` for a reported agent.
         * @enum {string}
         */
        AgentStatus: "pending" | "deploying" | "running" | "failed" | "stopped" | "deleting" | "external";
        AgentStatusChangedLiveEvent: {
            /** @description An agent's deployment status, or what explains it, changed. */
            data: components["schemas"]["AgentStatusEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "agent.status_changed";
        };
        AgentStatusChangedNotification: {
            data: components["schemas"]["AgentStatusEvent"] & {
                /** @description In a notification that stands for several failures alike, beside what the first of them said. */
                repeated?: components["schemas"]["RepeatedFailures"];
            };
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "agent.status_changed";
        };
        /** @description An agent's deployment status, or what explains it, changed. */
        AgentStatusEvent: {
            /** @description Which agent. */
            agent: components["schemas"]["EventAgent"];
            /** @description The same as Status where only the explanation changed. */
            previous_status: components["schemas"]["AgentStatus"];
            /** @description The new one. */
            status: components["schemas"]["AgentStatus"];
            /** @description A sentence for a person; null when there is nothing to explain. */
            status_message: null | string;
            /** @description A stable word for the cause; null when there is nothing to explain. */
            status_reason: null | string;
        };
        /** @description The latest report's fields, and a history that starts with it. */
        AgentStatusReport: {
            /** @description The agent's `agent_id`. */
            agent_id: string;
            content?: string;
            /** @description Newest first. */
            history: components["schemas"]["Status"][];
            /** Format: uuid */
            id: string;
            message?: string;
            /** @description Gets the older reports; null when there are none. */
            next_cursor: null | string;
            /**
             * Format: date-time
             * @description What the reporter sent as `timestamp`; absent when it sent none.
             */
            reported_at?: string;
            session_topic: string;
            /** @description What an agent says about a piece of work. `success` and `failed` end a run. */
            status: components["schemas"]["SessionStatus"];
            /**
             * Format: date-time
             * @description When the server received it.
             */
            timestamp: string;
        };
        /** @description An agent's name or description was changed. */
        AgentUpdatedEvent: {
            /** @description Which agent, with its new name. */
            agent: components["schemas"]["EventAgent"];
            /** @description The new one. */
            description: null | string;
        };
        AgentUpdatedLiveEvent: {
            /** @description An agent's name or description was changed. */
            data: components["schemas"]["AgentUpdatedEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "agent.updated";
        };
        AgentUpdatedNotification: {
            /** @description An agent's name or description was changed. */
            data: components["schemas"]["AgentUpdatedEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "agent.updated";
        };
        /** @description Amounts as Kubernetes writes them. */
        AmountsPatch: {
            /** @description Processors: `250m`, `1.5`. */
            cpu?: null | string;
            /** @description Bytes: `256Mi`, `1Gi`. */
            memory?: null | string;
        };
        /** @description An API key without the key. */
        ApiKeyResponse: {
            /**
             * Format: uuid
             * @description The deployed agent that the key was made for and speaks for; null for a key of the user's own.
             */
            agent_id: null | string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description Null: never.
             */
            expires_at: null | string;
            /**
             * Format: uuid
             * @description For revoking it.
             */
            id: string;
            /** @description The key's first characters, to recognise it. */
            key_prefix: string;
            /**
             * Format: date-time
             * @description To within a minute; null before the first use.
             */
            last_used_at: null | string;
            /** @description What its owner called it. */
            name: string;
            /** @description Whether its owner ended it. */
            revoked: boolean;
            /** @description What it may do: `report`, `read`, `write`. */
            scopes: string[];
        };
        ApiKeysResponse: {
            api_keys: components["schemas"]["ApiKeyResponse"][];
        };
        /** @description Who did what to which resource, when and from where. */
        AuditEntry: {
            /** @description What was done, as `resource.happened`. */
            action: string;
            /** @description Who did it; null: the server itself, or nobody who is known. */
            actor: components["schemas"]["UserInfo"] | null;
            /** @description The IP address that the request came from; null: the server itself. */
            address: null | string;
            /**
             * Format: uuid
             * @description The API key that it was done with; null: an access token, or none.
             */
            api_key_id: null | string;
            /** Format: date-time */
            at: string;
            /** @description A sentence with what else is worth knowing; null: nothing. */
            detail: null | string;
            /** Format: uuid */
            id: string;
            /** @description The resource's id; it may be gone. */
            resource_id: string;
            /** @description What it was called then; null for what has no name. */
            resource_name: null | string;
            /** @description `stack`, `agent`, `session`, `api_key`, `notification_endpoint` or `account`. */
            resource_type: string;
            /**
             * Format: uuid
             * @description The stack that the resource belonged to, or was.
             */
            stack_id: null | string;
            /** @description The request's `trace_id`; null: the server itself. */
            trace_id: null | string;
        };
        /** @description A part of the trail. */
        AuditPage: {
            /** @description Newest first. */
            items: components["schemas"]["AuditEntry"][];
            /** @description Gets the older ones; null when there are none. */
            next_cursor: null | string;
        };
        /** @description Files by path, in order; at most 1,000 of each kind, while the counts are the true ones. */
        CodeDifference: {
            added: string[];
            /** Format: int32 */
            added_count: number;
            changed: string[];
            /** Format: int32 */
            changed_count: number;
            removed: string[];
            /** Format: int32 */
            removed_count: number;
        };
        /** @description What would come of an upload that is only tried out. Nothing of it was stored. */
        CodePreview: {
            /** @description What was uploaded. */
            code: components["schemas"]["UploadedCode"];
            /** @description What would hold for the agent. */
            config: components["schemas"]["AgentConfig"];
            /** @description From the agent's present revision; absent for a new agent. */
            difference?: components["schemas"]["RevisionDifference"];
            /** @description What would be started; null: there is nothing to start, and the findings say why. */
            entry_point: components["schemas"]["EntryPoint"] | null;
            /** @description What is worth knowing before it is deployed, the worst first. */
            findings: components["schemas"]["Finding"][];
        };
        /**
         * @description Who said so.
         * @enum {string}
         */
        ConfigSource: "code" | "api";
        /** @description A new agent. */
        CreateAgentForm: {
            /** @description How the agent is to be run, as JSON. */
            config?: components["schemas"]["AgentConfigPatch"] | null;
            /** @description At most 5,000 characters. */
            description?: null | string;
            /**
             * Format: binary
             * @description A ZIP of the agent's code.
             */
            file: string;
            /** @description 1…255 characters, unique in the stack. */
            name: string;
            /** @description What to remember about its first revision; at most 1,000 characters. */
            note?: null | string;
        };
        /** @description Makes an API key for the caller. */
        CreateApiKey: {
            /**
             * Format: int32
             * @description Days from now, at least 1; null for a key that doesn't expire.
             */
            expires_in?: null | number;
            /** @description 1…100 characters, for people. */
            name: string;
            /** @description Of `report`, `read` and `write`; null for `report` alone. */
            scopes?: null | string[];
        };
        /** @description A new endpoint of the caller's. */
        CreateNotificationEndpoint: {
            /** @description Only of this agent: its `agent_id` or the UUID in `id`. It may be one that is yet to come. */
            agent_id?: null | string;
            /** @description At most 500 characters. */
            description?: null | string;
            /** @description Types of events, and groups such as `session.*`; absent or empty: all. */
            event_types?: null | string[];
            /** @description `standard` by default. */
            format?: components["schemas"]["NotificationFormat"] | null;
            /**
             * Format: uuid
             * @description Only of this stack and its agents.
             */
            stack_id?: null | string;
            /** @description Only events after which the status is one of these; absent or empty: all. */
            statuses?: null | string[];
            /** @description http or https, without a user name or password. */
            url: string;
        };
        /** @description A new stack. */
        CreateStackRequest: {
            /** @description At most 5,000 characters. */
            description?: null | string;
            /** @description 1…255 characters; need not be unique. */
            name: string;
        };
        /** @description A line of the log: one notification to one endpoint. */
        Delivery: {
            /** @description The agent's `agent_id`; null: it isn't about an agent. */
            agent_id: null | string;
            /**
             * Format: int32
             * @description Tries so far.
             */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            endpoint_id: string;
            /** @description As it was at that time. */
            endpoint_url: string;
            /**
             * Format: date-time
             * @description Null: it isn't over.
             */
            finished_at: null | string;
            /** Format: uuid */
            id: string;
            /** @description A sentence about the last try; null: there was none, or it succeeded. */
            last_error: null | string;
            /**
             * Format: int32
             * @description Of the last try; null: there was none, or no answer came.
             */
            last_status_code: null | number;
            /**
             * Format: date-time
             * @description Null: there will be no more.
             */
            next_attempt_at: null | string;
            /** @description How a delivery stands. */
            state: components["schemas"]["DeliveryState"];
            /** @description Type of the event. */
            type: string;
            /** @description What the receiver tells repeats by: the same at each try, and when it is delivered anew. */
            webhook_id: string;
        };
        /** @description One try. */
        DeliveryAttempt: {
            /** @description The beginning of the answer; null: it had none. */
            answer: null | string;
            /**
             * Format: date-time
             * @description When it began.
             */
            at: string;
            /**
             * Format: int64
             * @description Milliseconds to the end of the answer, or to giving up.
             */
            duration_ms: number;
            /** @description A sentence; null: it succeeded. */
            error: null | string;
            /**
             * Format: int32
             * @description From 1.
             */
            number: number;
            /**
             * Format: int32
             * @description Null: no answer came.
             */
            status_code: null | number;
        };
        /** @description A line of the log with what was sent and how each try went. */
        DeliveryDetails: {
            /** @description The agent's `agent_id`; null: it isn't about an agent. */
            agent_id: null | string;
            /** @description Oldest first. */
            attempt_log: components["schemas"]["DeliveryAttempt"][];
            /**
             * Format: int32
             * @description Tries so far.
             */
            attempts: number;
            /** @description What the endpoint is told. Formats other than `standard` get a text made of it. */
            body: components["schemas"]["NotificationBody"];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            endpoint_id: string;
            /** @description As it was at that time. */
            endpoint_url: string;
            /**
             * Format: date-time
             * @description Null: it isn't over.
             */
            finished_at: null | string;
            /** Format: uuid */
            id: string;
            /** @description A sentence about the last try; null: there was none, or it succeeded. */
            last_error: null | string;
            /**
             * Format: int32
             * @description Of the last try; null: there was none, or no answer came.
             */
            last_status_code: null | number;
            /**
             * Format: date-time
             * @description Null: there will be no more.
             */
            next_attempt_at: null | string;
            /** @description How a delivery stands. */
            state: components["schemas"]["DeliveryState"];
            /** @description Type of the event. */
            type: string;
            /** @description What the receiver tells repeats by: the same at each try, and when it is delivered anew. */
            webhook_id: string;
        };
        /** @description A part of the log. */
        DeliveryPage: {
            /** @description Newest first. */
            items: components["schemas"]["Delivery"][];
            /** @description Gets the older ones; null when there are none. */
            next_cursor: null | string;
        };
        /**
         * @description How a delivery stands.
         * @enum {string}
         */
        DeliveryState: "pending" | "delivered" | "failed" | "muted" | "canceled";
        /** @description An endpoint gets no more notifications, because of how it answered. */
        EndpointDisabledEvent: {
            /** @description Which endpoint. */
            endpoint: components["schemas"]["EventEndpoint"];
            /**
             * Format: date-time
             * @description The first failure after which nothing succeeded; null when there was none.
             */
            failing_since: null | string;
            /** @description `gone`: it answered 410. `failing`: every try of the last five days failed. */
            reason: components["schemas"]["EndpointDisabledReason"];
        };
        EndpointDisabledLiveEvent: {
            /** @description An endpoint gets no more notifications, because of how it answered. */
            data: components["schemas"]["EndpointDisabledEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "endpoint.disabled";
        };
        EndpointDisabledNotification: {
            /** @description An endpoint gets no more notifications, because of how it answered. */
            data: components["schemas"]["EndpointDisabledEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "endpoint.disabled";
        };
        /**
         * @description Why an endpoint gets nothing.
         * @enum {string}
         */
        EndpointDisabledReason: "owner" | "gone" | "failing";
        /**
         * @description Where an endpoint comes from.
         * @enum {string}
         */
        EndpointKind: "user" | "account" | "server";
        /** @description An endpoint's owner tries it out. */
        EndpointTestEvent: {
            /** @description Which endpoint. */
            endpoint: components["schemas"]["EventEndpoint"];
            /** @description A sentence for whoever reads it. */
            message: string;
        };
        EndpointTestNotification: {
            /** @description An endpoint's owner tries it out. */
            data: components["schemas"]["EndpointTestEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "endpoint.test";
        };
        /** @description What came back. */
        EndpointTestResult: {
            /** @description The beginning of the answer; null: it had none. */
            answer: null | string;
            /** @description Whether the receiver took it. */
            delivered: boolean;
            /**
             * Format: uuid
             * @description Its line in the log.
             */
            delivery_id: string;
            /**
             * Format: int64
             * @description Milliseconds to the end of the answer, or to giving up.
             */
            duration_ms: number;
            /** @description A sentence; null: it was delivered. */
            error: null | string;
            /**
             * Format: int32
             * @description Null: no answer came.
             */
            status_code: null | number;
        };
        /** @description What is started. */
        EntryPoint: {
            /** @description What follows the image's own command; empty when there is a command. */
            args: string[];
            /** @description Program and arguments; null: the image's own. */
            command: null | string[];
            /** @description The container image; null: a process on the server's machine. */
            image: null | string;
        };
        /** @description The agent of an event. */
        EventAgent: {
            /** @description The id in paths and reports. */
            agent_id: string;
            /**
             * Format: uuid
             * @description UUID of the row.
             */
            id: string;
            /** @description Made here, or known by its reports. */
            kind: components["schemas"]["AgentKind"];
            /** @description As it was when the event happened. */
            name: string;
            /**
             * Format: uuid
             * @description Null for a reported agent.
             */
            stack_id: null | string;
        };
        /** @description The notification endpoint of an event. Its address may hold the receiver's secret, and the event may go to other receivers: only the host is told. */
        EventEndpoint: {
            /** @description Its owner's words; null when there are none. */
            description: null | string;
            /** @description The host of its address. */
            host: string;
            /**
             * Format: uuid
             * @description UUID of the row.
             */
            id: string;
            /** @description Made over the API, or the account's `notification_webhook_url`. */
            kind: components["schemas"]["EndpointKind"];
        };
        /** @description The session of an event. */
        EventSession: {
            /**
             * Format: uuid
             * @description UUID of the row.
             */
            id: string;
            /** @description The reporter's own text. */
            session_topic: string;
        };
        /** @description The stack of an event. */
        EventStack: {
            /**
             * Format: uuid
             * @description UUID of the row.
             */
            id: string;
            /** @description As it was when the event happened. */
            name: string;
        };
        /** @description One setting that differs. */
        FieldDifference: {
            /** @description Its path, for example `environment.LOG_LEVEL`. */
            field: string;
            /** @description In the other revision; null: it isn't set there. Of a secret always null. */
            from: unknown;
            /** @description In this revision; null: it isn't set. Of a secret always null. */
            to: unknown;
        };
        /** @description Something worth knowing about an upload. */
        Finding: {
            /** @description How bad it is. */
            level: components["schemas"]["FindingLevel"];
            /** @description A sentence for a person. */
            message: string;
            /** @description The file or setting that it is about; null: all of it. */
            path: null | string;
        };
        /** @enum {string} */
        FindingLevel: "info" | "warning" | "error";
        /** @description How the server is. */
        HealthAnswer: {
            /** @description One word. */
            status: string;
            /**
             * Format: date-time
             * @description When it was asked.
             */
            timestamp: string;
        };
        /** @description How it is found out that an agent is ready. */
        HealthPatch: {
            /**
             * Format: int32
             * @description So many failures in a row make a ready agent unready.
             */
            failure_threshold?: null | number;
            /**
             * Format: int32
             * @description Before the first look.
             */
            initial_delay_seconds?: null | number;
            /** @description Ready when a GET of this path is answered with 2xx or 3xx; without it, when the port accepts connections. */
            path?: null | string;
            /**
             * Format: int32
             * @description Between looks.
             */
            period_seconds?: null | number;
            /**
             * Format: int32
             * @description How long a revision may take until it is ready for the first time.
             */
            startup_seconds?: null | number;
            /**
             * Format: int32
             * @description How long an answer may take.
             */
            timeout_seconds?: null | number;
        };
        /** @description How it is found out that an agent is ready, and by when it has to be. */
        HealthSettings: {
            /**
             * Format: int32
             * @description So many failures in a row make a ready agent unready.
             */
            failure_threshold: null | number;
            /** Format: int32 */
            initial_delay_seconds: null | number;
            /** @description Ready when a GET of this path is answered with 2xx or 3xx; null: when the port accepts connections. */
            path: null | string;
            /** Format: int32 */
            period_seconds: null | number;
            /**
             * Format: int32
             * @description How long it may take until it is ready for the first time; null: the server's `DEPLOY_TIMEOUT_SECONDS`.
             */
            startup_seconds: null | number;
            /** Format: int32 */
            timeout_seconds: null | number;
        };
        /** @description How much an agent reported in one hour. */
        HourlyReports: {
            /**
             * Format: date-time
             * @description Its beginning (UTC).
             */
            hour: string;
            /**
             * Format: int64
             * @description At least 1: hours without reports are left out.
             */
            reports: number;
        };
        /** @description Something that happened. The stream's own events (stream.…) have no id. */
        LiveEvent: components["schemas"]["AgentRegisteredLiveEvent"] | components["schemas"]["AgentUpdatedLiveEvent"] | components["schemas"]["AgentStatusChangedLiveEvent"] | components["schemas"]["AgentDeletedLiveEvent"] | components["schemas"]["StackCreatedLiveEvent"] | components["schemas"]["StackUpdatedLiveEvent"] | components["schemas"]["StackStatusChangedLiveEvent"] | components["schemas"]["StackDeletedLiveEvent"] | components["schemas"]["SessionStatusChangedLiveEvent"] | components["schemas"]["SessionExpiredLiveEvent"] | components["schemas"]["SessionRecoveredLiveEvent"] | components["schemas"]["SessionDeletedLiveEvent"] | components["schemas"]["EndpointDisabledLiveEvent"] | components["schemas"]["StreamResetLiveEvent"] | components["schemas"]["StreamDroppedLiveEvent"] | components["schemas"]["StreamClosedLiveEvent"];
        /** @description Exchanges e-mail and password for tokens. Null when they are refused, for whatever reason. */
        LogIn: {
            email: string;
            password: string;
        };
        /** @description The tokens of a login. */
        LoginResponse: {
            /** @description For `Authorization: Bearer`. */
            access_token: string;
            /**
             * Format: int32
             * @description Seconds until the access token expires.
             */
            expires_in: number;
            /** @description Single use; left out when the caller relies on the cookie (`?use_cookies=true`). */
            refresh_token?: string;
            /** @description Always `bearer`. */
            token_type: string;
            /** @description Who logged in. */
            user: components["schemas"]["UserResponse"];
        };
        LoginsResponse: {
            logins: components["schemas"]["LoginSummary"][];
        };
        /** @description A login: one browser or program that stays logged in. */
        LoginSummary: {
            /** @description From where it was last renewed, as the server saw it; null when that isn't known. */
            address: null | string;
            /**
             * Format: date-time
             * @description When the password was given.
             */
            created_at: string;
            /** @description Whether this call was made with it. */
            current: boolean;
            /**
             * Format: date-time
             * @description When it ends unless it is renewed.
             */
            expires_at: string;
            /**
             * Format: uuid
             * @description For ending it.
             */
            id: string;
            /**
             * Format: date-time
             * @description When it was last renewed.
             */
            last_used_at: string;
            /** @description What renewed it, in its own words; null when it didn't say. */
            user_agent: null | string;
        };
        /** @enum {string} */
        LogSource: "stdout" | "stderr" | "server";
        /** @description A sentence that says what was done. */
        MessageResponse: {
            message: string;
        };
        /** @description Whether notifications about an agent or a stack are held back. */
        Mute: {
            /** @description What is muted: the agent, or the stack with its agents. Of both the one that lasts longer; null: nothing is. */
            by: components["schemas"]["MuteSubject"] | null;
            /** @description Whether they are now. */
            muted: boolean;
            /**
             * Format: date-time
             * @description To when; null: they aren't.
             */
            until: null | string;
        };
        /** @description How long to mute. */
        MuteRequest: {
            /**
             * Format: date-time
             * @description Ahead, by at most a year.
             */
            until: string;
        };
        /** @enum {string} */
        MuteSubject: "agent" | "stack";
        /** @description A new API key, with the key itself, which is shown this once. */
        NewApiKeyResponse: {
            /** Format: uuid */
            agent_id: null | string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: null | string;
            /** Format: uuid */
            id: string;
            key: string;
            key_prefix: string;
            /** Format: date-time */
            last_used_at: null | string;
            name: string;
            revoked: boolean;
            scopes: string[];
        };
        /** @description A notification as Standard Webhooks has it. */
        NotificationBody: {
            /** @description What happened. */
            data: unknown;
            /**
             * Format: date-time
             * @description When it happened.
             */
            timestamp: string;
            /** @description Type of the event. */
            type: string;
        };
        /** @description A notification endpoint as its owner sees it. */
        NotificationEndpointDetails: {
            /** @description Only of this agent; null: all. */
            agent_id: null | string;
            /** Format: date-time */
            created_at: string;
            description: null | string;
            /** Format: date-time */
            disabled_at: null | string;
            /** @description Why it is disabled: its owner did it, it answered 410 (`gone`), or every try of the last five days failed. Null: it is enabled. */
            disabled_reason: components["schemas"]["EndpointDisabledReason"] | null;
            enabled: boolean;
            /** @description Types of events, and groups such as `session.*`; empty: all. */
            event_types: string[];
            /**
             * Format: date-time
             * @description The first failure after which nothing succeeded; null: all is well.
             */
            failing_since: null | string;
            /** @description How the body of a notification is written. */
            format: components["schemas"]["NotificationFormat"];
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description Until then notifications are signed with the secret before the present one as well; null: it was never rotated.
             */
            previous_secret_until: null | string;
            /**
             * Format: uuid
             * @description Only of this stack and its agents; null: all.
             */
            stack_id: null | string;
            /** @description Only events after which the status is one of these; empty: all. */
            statuses: string[];
            /** Format: date-time */
            updated_at: string;
            url: string;
        };
        /** @description All of a user's notification endpoints. */
        NotificationEndpoints: {
            /** @description Oldest first. */
            items: components["schemas"]["NotificationEndpointDetails"][];
        };
        /** @description A notification endpoint with its secret, which is shown this once. */
        NotificationEndpointWithSecret: {
            /** @description Only of this agent; null: all. */
            agent_id: null | string;
            /** Format: date-time */
            created_at: string;
            description: null | string;
            /** Format: date-time */
            disabled_at: null | string;
            /** @description Why it is disabled: its owner did it, it answered 410 (`gone`), or every try of the last five days failed. Null: it is enabled. */
            disabled_reason: components["schemas"]["EndpointDisabledReason"] | null;
            enabled: boolean;
            /** @description Types of events, and groups such as `session.*`; empty: all. */
            event_types: string[];
            /**
             * Format: date-time
             * @description The first failure after which nothing succeeded; null: all is well.
             */
            failing_since: null | string;
            /** @description How the body of a notification is written. */
            format: components["schemas"]["NotificationFormat"];
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description Until then notifications are signed with the secret before the present one as well; null: it was never rotated.
             */
            previous_secret_until: null | string;
            /** @description `whsec_` and base64: what the receiver checks the signatures with. */
            readonly secret: string;
            /**
             * Format: uuid
             * @description Only of this stack and its agents; null: all.
             */
            stack_id: null | string;
            /** @description Only events after which the status is one of these; empty: all. */
            statuses: string[];
            /** Format: date-time */
            updated_at: string;
            url: string;
        };
        /**
         * @description How the body of a notification is written.
         * @enum {string}
         */
        NotificationFormat: "standard" | "lark" | "slack";
        /** @description Another password for the caller's account. */
        PasswordChange: {
            /** @description The password as it is. */
            current_password?: null | string;
            /** @description 8 to 128 characters, among them an upper-case letter, a lower-case letter and a digit. */
            new_password?: null | string;
        };
        /** @description An error as it goes over the wire: RFC 9457 `application/problem+json`. */
        Problem: {
            /** @description A sentence that a person can act on. */
            detail: string;
            /** @description A stable code for programs, for example `not_found`. New ones may come; the HTTP status says of which kind they are. */
            error: string;
            /** @description For a validation failure: what is wrong with each field, by its name on the wire. */
            errors?: {
                [key: string]: string[];
            };
            /** @description The same text as `detail`, for clients that look for it here. */
            message: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The name of the HTTP status. */
            title: string;
            /** @description Finds the request in the server's log. */
            trace_id: string;
            /** @description A link to the definition of the HTTP status. */
            type: string;
        };
        /** @description A refresh token in the body, for clients that don't keep cookies. */
        RefreshTokenBody: {
            refresh_token?: null | string;
        };
        /** @description The new account once more, for clients that look for it here. */
        RegisteredUser: {
            email: string;
            full_name: string;
            /** Format: uuid */
            id: string;
            name: string;
        };
        /** @description A new account, in the shapes of both older systems at once. */
        RegisterResponse: {
            /** Format: date-time */
            created_at: string;
            email: string;
            full_name: string;
            /** Format: uuid */
            id: string;
            is_active: boolean;
            message: string;
            name: string;
            /** @description The new account once more, for clients that look for it here. */
            user: components["schemas"]["RegisteredUser"];
        };
        /** @description Makes an account. */
        RegisterUser: {
            /** @description Up to 255 characters; unique without regard to case. */
            email: string;
            /** @description 1…255 characters. */
            full_name: string;
            /** @description Accepted in place of FullName. */
            name?: null | string;
            /** @description 8…128 characters with an upper-case letter, a lower-case letter and a digit. */
            password: string;
        };
        /** @description In a notification that stands for several failures alike, beside what the first of them said. */
        RepeatedFailures: {
            /**
             * Format: int32
             * @description How many.
             */
            count: number;
            /**
             * Format: date-time
             * @description When the first of them happened.
             */
            first_at: string;
            /**
             * Format: date-time
             * @description When the last of them happened.
             */
            last_at: string;
            /** @description UUIDs of their sessions, at most a hundred; empty where sessions have no part in it. */
            session_ids: string[];
        };
        /** @description Other code for an agent. */
        ReplaceCodeForm: {
            /** @description What to change of the configuration along with it, as JSON. */
            config?: components["schemas"]["AgentConfigPatch"] | null;
            /**
             * Format: binary
             * @description A ZIP of the agent's code.
             */
            file: string;
            /** @description What to remember about this revision; at most 1,000 characters. */
            note?: null | string;
        };
        /** @description One status report as it came over the wire; absent fields are null. */
        ReportInput: {
            /** @description A deployed agent's UUID, or any text of 1…100 characters: an unknown one registers an agent. */
            agent_id: string;
            /** @description At most 200 characters; overwrites the name when not empty. */
            agent_name?: null | string;
            /** @description Where the agent runs, at most 200 characters; overwrites when not empty. */
            agent_source?: null | string;
            /** @description At most 10,000 characters. */
            content?: null | string;
            /** @description At most 100 characters; a second report of the agent with the same one is acknowledged and stored once. */
            event_id?: null | string;
            /** @description At most 1,000 characters. */
            message?: null | string;
            /** @description What the agent works on, 1…500 characters: an unknown one opens a session. */
            session_topic: string;
            /**
             * @description How the work stands.
             * @enum {string}
             */
            status: "running" | "success" | "failed" | "pending" | "waiting_for_input";
            /** @description The reporter's own time (RFC 3339), kept beside the server's, which decides order and expiry. */
            timestamp?: null | string;
            /**
             * Format: int32
             * @description After so long without a report the session expires: 1…1440; 0 or absent leaves it as it is (30 at first).
             */
            ttl_minutes?: null | number;
        };
        /** @description What became of one report of an array. */
        ReportResult: {
            /** @description Why it was refused; absent when it is stored. */
            error?: string;
            /**
             * Format: int32
             * @description Its place in the array, from 0.
             */
            index: number;
            /**
             * Format: int32
             * @description The HTTP status that the report alone would have got.
             */
            status: number;
        };
        /** @description All reports are stored. */
        ReportsAccepted: {
            message: string;
            success: boolean;
        };
        /** @description Some reports of an array are stored and others refused. */
        ReportsPartlyAccepted: {
            /** @description How many were refused. */
            message: string;
            /** @description For each report, in the order of the array. */
            results: components["schemas"]["ReportResult"][];
            /** @description False: at least one was refused. */
            success: boolean;
        };
        /** @description Kubernetes quantities: `250m` or `1.5` processors, `256Mi` of memory. */
        ResourceAmounts: {
            cpu: null | string;
            memory: null | string;
        };
        /** @description What each pod asks for and may use at most. */
        ResourceSettings: {
            /** @description Kubernetes quantities: `250m` or `1.5` processors, `256Mi` of memory. */
            limits: components["schemas"]["ResourceAmounts"] | null;
            /** @description Kubernetes quantities: `250m` or `1.5` processors, `256Mi` of memory. */
            requests: components["schemas"]["ResourceAmounts"] | null;
        };
        /** @description What each pod asks for, and may use at most. */
        ResourcesPatch: {
            /** @description More isn't given. */
            limits?: components["schemas"]["AmountsPatch"] | null;
            /** @description What is reserved. */
            requests?: components["schemas"]["AmountsPatch"] | null;
        };
        /** @description One state of an agent's code and configuration. What it consists of never changes. */
        Revision: {
            /**
             * Format: date-time
             * @description When it first ran; null: it never did.
             */
            activated_at: null | string;
            /** @description What it was made for. */
            cause: components["schemas"]["RevisionCause"];
            /** @description A revision's code. */
            code: components["schemas"]["RevisionCode"];
            /** @description How an agent is run, as far as its code or somebody said so. What is null is left to the server. */
            config: components["schemas"]["AgentConfig"];
            /** Format: date-time */
            created_at: string;
            /** @description Who made or changed something. */
            created_by: components["schemas"]["UserInfo"];
            /** @description From the revision that `compare_to` names; absent without it. */
            difference?: components["schemas"]["RevisionDifference"];
            /**
             * Format: date-time
             * @description When it was given up; null: it wasn't.
             */
            failed_at: null | string;
            /** @description A sentence for a person, with exit code and last log lines where there are any. */
            failure_message: null | string;
            /** @description A stable word for why it was given up, for example `CrashLoopBackOff`. */
            failure_reason: null | string;
            /** @description What whoever made it wrote down. */
            note: null | string;
            /**
             * Format: int32
             * @description From 1, growing.
             */
            number: number;
            /**
             * Format: int32
             * @description The revision that a rollback repeats; null for everything else.
             */
            rollback_of: null | number;
            /** @description `deploying`, `active` (it serves), `superseded` by a later one, or `failed`. */
            state: components["schemas"]["RevisionState"];
        };
        /**
         * @description What a revision was made for.
         * @enum {string}
         */
        RevisionCause: "created" | "code" | "config" | "rollback";
        /** @description A revision's code. */
        RevisionCode: {
            /** @description SHA-256 of the ZIP, in hexadecimal. */
            digest: string;
            /**
             * Format: int32
             * @description The revision that came with it: code that is the same is stored once.
             */
            revision: number;
            /**
             * Format: int64
             * @description Of the ZIP, in bytes.
             */
            size: number;
        };
        /** @description What distinguishes a revision from another. */
        RevisionDifference: {
            /** @description Whether the ZIPs differ. */
            code_changed: boolean;
            /** @description What of the configuration differs, by path. */
            fields: components["schemas"]["FieldDifference"][];
            /** @description Which files differ, at most 1,000 of each kind; null: the ZIPs can't be compared, as one of them isn't there. */
            files: components["schemas"]["CodeDifference"] | null;
        };
        /** @description A part of an agent's revisions. */
        RevisionPage: {
            /** @description Newest first. */
            items: components["schemas"]["Revision"][];
            /** @description Gets the older ones; null when there are none. */
            next_cursor: null | string;
        };
        /**
         * @description `deploying → active → superseded`, or `failed`.
         * @enum {string}
         */
        RevisionState: "deploying" | "active" | "superseded" | "failed";
        /** @description Where to go back to. */
        RollBackRequest: {
            /** @description What to remember about it; at most 1,000 characters. */
            note?: null | string;
            /**
             * Format: int32
             * @description The number of an earlier revision.
             */
            revision: number;
        };
        /** @description A secret, of which nothing else is ever shown. */
        SecretName: {
            /** @description The variable that holds it. */
            name: string;
        };
        /** @description A session on the wire. */
        Session: {
            /** @description The agent's `agent_id`. */
            agent_id: string;
            /** Format: date-time */
            created: string;
            /** @description What the newest report said; `expired` when that was `running` and nothing came for the TTL. */
            current_status: components["schemas"]["SessionState"];
            /**
             * Format: double
             * @description From `started_at` to the run's end, or to its newest report while it goes on. Absent when it never ran.
             */
            duration_seconds?: number;
            /** @description True when no report came for the session's TTL. The next report brings it back. */
            expired: boolean;
            /**
             * Format: date-time
             * @description When it expired; absent while it lives.
             */
            expired_at?: string;
            /**
             * Format: date-time
             * @description When the session expires unless a report comes before.
             */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_updated: string;
            /** Format: int64 */
            report_count: number;
            session_topic: string;
            /**
             * Format: date-time
             * @description When the present run began, or the last one: the first `running` after the last terminal status. Absent when it never ran.
             */
            started_at?: string;
            /** Format: int32 */
            ttl_minutes: number;
        };
        SessionDeletedLiveEvent: {
            /** @description A session is gone. */
            data: components["schemas"]["SessionEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "session.deleted";
        };
        SessionDeletedNotification: {
            /** @description A session is gone. */
            data: components["schemas"]["SessionEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "session.deleted";
        };
        /** @description A session is gone. */
        SessionEvent: {
            /** @description Whose session. */
            agent: components["schemas"]["EventAgent"];
            /** @description Which session. */
            session: components["schemas"]["EventSession"];
        };
        /** @description No report came for a session's TTL. */
        SessionExpiredEvent: {
            /** @description Whose session. */
            agent: components["schemas"]["EventAgent"];
            /**
             * Format: date-time
             * @description The end of its TTL.
             */
            expired_at: string;
            /** @description What its newest report had said. */
            previous_status: components["schemas"]["SessionStatus"];
            /** @description Which session. */
            session: components["schemas"]["EventSession"];
            /** @description What it is called from now on: `expired` when it had been running, else as before. */
            status: components["schemas"]["SessionState"];
        };
        SessionExpiredLiveEvent: {
            /** @description No report came for a session's TTL. */
            data: components["schemas"]["SessionExpiredEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "session.expired";
        };
        SessionExpiredNotification: {
            data: components["schemas"]["SessionExpiredEvent"] & {
                /** @description In a notification that stands for several failures alike, beside what the first of them said. */
                repeated?: components["schemas"]["RepeatedFailures"];
            };
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "session.expired";
        };
        /** @description A session that had expired got a report and lives again. */
        SessionRecoveredEvent: {
            /** @description Whose session. */
            agent: components["schemas"]["EventAgent"];
            /** @description The report's message; null when it had none. */
            message: null | string;
            /** @description Which session. */
            session: components["schemas"]["EventSession"];
            /** @description What the report said. */
            status: components["schemas"]["SessionState"];
        };
        SessionRecoveredLiveEvent: {
            /** @description A session that had expired got a report and lives again. */
            data: components["schemas"]["SessionRecoveredEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "session.recovered";
        };
        SessionRecoveredNotification: {
            /** @description A session that had expired got a report and lives again. */
            data: components["schemas"]["SessionRecoveredEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "session.recovered";
        };
        /**
         * @description How a session stands: what its newest report said, unless it fell silent while it was running.
         * @enum {string}
         */
        SessionState: "running" | "success" | "failed" | "pending" | "waiting_for_input" | "expired";
        /**
         * @description What an agent says about a piece of work. `success` and `failed` end a run.
         * @enum {string}
         */
        SessionStatus: "running" | "success" | "failed" | "pending" | "waiting_for_input";
        SessionStatusChangedLiveEvent: {
            /** @description A report changed what a session is doing. */
            data: components["schemas"]["SessionStatusEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "session.status_changed";
        };
        SessionStatusChangedNotification: {
            data: components["schemas"]["SessionStatusEvent"] & {
                /** @description In a notification that stands for several failures alike, beside what the first of them said. */
                repeated?: components["schemas"]["RepeatedFailures"];
            };
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "session.status_changed";
        };
        /** @description A report changed what a session is doing. */
        SessionStatusEvent: {
            /** @description Whose session. */
            agent: components["schemas"]["EventAgent"];
            /** @description The report's content; null when it had none. */
            content: null | string;
            /**
             * Format: double
             * @description How long the session's run has taken, or took when this report ended it; null when it never ran.
             */
            duration_seconds: null | number;
            /** @description The report's message; null when it had none. */
            message: null | string;
            /** @description Null for a session's first report. */
            previous_status: components["schemas"]["SessionState"] | null;
            /** @description Which session. */
            session: components["schemas"]["EventSession"];
            /** @description What the report said. */
            status: components["schemas"]["SessionState"];
        };
        /** @description A session and a part of its history. */
        SessionWithHistory: {
            /** @description Gets the older reports; null when there are none. */
            next_cursor: null | string;
            /** @description The session. */
            session: components["schemas"]["Session"];
            /** @description Newest first. */
            status_history: components["schemas"]["Status"][];
        };
        StackCreatedLiveEvent: {
            /** @description A stack was made, or its name or description was changed. */
            data: components["schemas"]["StackUpdatedEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "stack.created";
        };
        StackCreatedNotification: {
            /** @description A stack was made, or its name or description was changed. */
            data: components["schemas"]["StackUpdatedEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "stack.created";
        };
        StackDeletedLiveEvent: {
            /** @description A stack is gone. */
            data: components["schemas"]["StackEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "stack.deleted";
        };
        StackDeletedNotification: {
            /** @description A stack is gone. */
            data: components["schemas"]["StackEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "stack.deleted";
        };
        /** @description One stack with its agents. */
        StackDetails: {
            /** @description All its agents, oldest first. */
            agents: components["schemas"]["Agent"][];
            /**
             * Format: date-time
             * @description UTC.
             */
            created_at: string;
            /** @description Who made it. */
            created_by: components["schemas"]["UserInfo"];
            /** @description At most 5,000 characters. */
            description: null | string;
            /**
             * Format: uuid
             * @description UUID.
             */
            id: string;
            /** @description 1…255 characters; two stacks may share a name. */
            name: string;
            /** @description The Kubernetes namespace, `stack-{id}`. */
            namespace: string;
            /** @description `creating → ready | failed`, `deleting`. */
            status: components["schemas"]["StackStatus"];
            /** @description A sentence for a person; null when there is nothing to explain. */
            status_message: null | string;
            /** @description A stable word for the cause; null when there is nothing to explain. */
            status_reason: null | string;
            /**
             * Format: date-time
             * @description UTC.
             */
            updated_at: string;
            /** @description Who changed it last. */
            updated_by: components["schemas"]["UserInfo"];
        };
        /** @description A stack is gone. */
        StackEvent: {
            /** @description Which stack. */
            stack: components["schemas"]["EventStack"];
        };
        /** @description A stack as lists show it. */
        StackListItem: {
            /**
             * Format: int32
             * @description Its deployed agents.
             */
            agent_count: number;
            /**
             * Format: date-time
             * @description UTC.
             */
            created_at: string;
            /** @description Who made it. */
            created_by: components["schemas"]["UserInfo"];
            /** @description At most 5,000 characters. */
            description: null | string;
            /**
             * Format: uuid
             * @description UUID.
             */
            id: string;
            /** @description 1…255 characters; two stacks may share a name. */
            name: string;
            /** @description The Kubernetes namespace, `stack-{id}`. */
            namespace: string;
            /** @description `creating → ready | failed`, `deleting`. */
            status: components["schemas"]["StackStatus"];
            /** @description A sentence for a person; null when there is nothing to explain. */
            status_message: null | string;
            /** @description A stable word for the cause; null when there is nothing to explain. */
            status_reason: null | string;
            /**
             * Format: date-time
             * @description UTC.
             */
            updated_at: string;
            /** @description Who changed it last. */
            updated_by: components["schemas"]["UserInfo"];
        };
        /** @description One page of a list. */
        StackListItemPage: {
            /** @description At most `limit` of them, in a stable order. */
            items: components["schemas"]["StackListItem"][];
            /**
             * Format: int32
             * @description Items in a full page.
             */
            limit: number;
            /**
             * Format: int32
             * @description Which page this is, from 1.
             */
            page: number;
            /**
             * Format: int32
             * @description How many pages there are; 0 for an empty list.
             */
            pages: number;
            /**
             * Format: int32
             * @description Items in all pages.
             */
            total: number;
        };
        /**
         * @description `creating → ready | failed`, `deleting → gone`.
         * @enum {string}
         */
        StackStatus: "creating" | "ready" | "failed" | "deleting";
        StackStatusChangedLiveEvent: {
            /** @description A stack's status, or what explains it, changed. */
            data: components["schemas"]["StackStatusEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "stack.status_changed";
        };
        StackStatusChangedNotification: {
            /** @description A stack's status, or what explains it, changed. */
            data: components["schemas"]["StackStatusEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "stack.status_changed";
        };
        /** @description A stack's status, or what explains it, changed. */
        StackStatusEvent: {
            /** @description The same as Status where only the explanation changed. */
            previous_status: components["schemas"]["StackStatus"];
            /** @description Which stack. */
            stack: components["schemas"]["EventStack"];
            /** @description The new one. */
            status: components["schemas"]["StackStatus"];
            /** @description A sentence for a person; null when there is nothing to explain. */
            status_message: null | string;
            /** @description A stable word for the cause; null when there is nothing to explain. */
            status_reason: null | string;
        };
        /** @description A stack was made, or its name or description was changed. */
        StackUpdatedEvent: {
            /** @description The new one. */
            description: null | string;
            /** @description Which stack, with its new name. */
            stack: components["schemas"]["EventStack"];
        };
        StackUpdatedLiveEvent: {
            /** @description A stack was made, or its name or description was changed. */
            data: components["schemas"]["StackUpdatedEvent"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "stack.updated";
        };
        StackUpdatedNotification: {
            /** @description A stack was made, or its name or description was changed. */
            data: components["schemas"]["StackUpdatedEvent"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "stack.updated";
        };
        /** @description One report of a history on the wire. */
        Status: {
            /** @description The agent's `agent_id`. */
            agent_id: string;
            content?: string;
            /** Format: uuid */
            id: string;
            message?: string;
            /**
             * Format: date-time
             * @description What the reporter sent as `timestamp`; absent when it sent none.
             */
            reported_at?: string;
            session_topic: string;
            /** @description What an agent says about a piece of work. `success` and `failed` end a run. */
            status: components["schemas"]["SessionStatus"];
            /**
             * Format: date-time
             * @description When the server received it.
             */
            timestamp: string;
        };
        StreamClosedLiveEvent: {
            /** @description What a stream says about itself, as an event beside those of the log. */
            data: components["schemas"]["StreamNotice"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "stream.closed";
        };
        StreamDroppedLiveEvent: {
            /** @description What a stream says about itself, as an event beside those of the log. */
            data: components["schemas"]["StreamNotice"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "stream.dropped";
        };
        /** @description What a stream says about itself, as an event beside those of the log. */
        StreamNotice: {
            /** @description A sentence that a person can act on. */
            message: string;
            /** @description A stable word for programs. */
            reason: string;
        };
        StreamResetLiveEvent: {
            /** @description What a stream says about itself, as an event beside those of the log. */
            data: components["schemas"]["StreamNotice"];
            /** Format: date-time */
            timestamp: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "stream.reset";
        };
        /** @description What to change of an agent. */
        UpdateAgentRequest: {
            /** @description At most 5,000 characters; absent: unchanged, null: cleared. */
            description?: null | string;
            /** @description 1…255 characters; absent or null: unchanged. */
            name?: null | string;
        };
        /** @description Changes the caller's account; what is null stays as it is. */
        UpdateMe: {
            /** @description 1…255 characters. */
            full_name?: null | string;
            /** @description An http or https address that gets a message when a session changes; an empty text clears it. */
            notification_webhook_url?: null | string;
        };
        /** @description What to change of a notification endpoint. */
        UpdateNotificationEndpointRequest: {
            /** @description Only of this agent: its `agent_id` or the UUID in `id`; absent: unchanged, null: of all. */
            agent_id?: null | string;
            /** @description At most 500 characters; absent: unchanged, null: cleared. */
            description?: null | string;
            /** @description Absent or null: unchanged. */
            enabled?: null | boolean;
            /** @description Types of events, and groups such as `session.*`; empty: all. Absent or null: unchanged. */
            event_types?: null | string[];
            /** @description Absent or null: unchanged. */
            format?: components["schemas"]["NotificationFormat"] | null;
            /**
             * Format: uuid
             * @description Only of this stack and its agents; absent: unchanged, null: of all.
             */
            stack_id?: null | string;
            /** @description Only events after which the status is one of these; empty: all. Absent or null: unchanged. */
            statuses?: null | string[];
            /** @description http or https, without a user name or password; absent or null: unchanged. */
            url?: null | string;
        };
        /** @description What to change of a stack. */
        UpdateStackRequest: {
            /** @description At most 5,000 characters; absent: unchanged, null: cleared. */
            description?: null | string;
            /** @description 1…255 characters; absent or null: unchanged. */
            name?: null | string;
        };
        /** @description What was uploaded. */
        UploadedCode: {
            /** @description SHA-256 of the ZIP, in hexadecimal. */
            digest: string;
            /**
             * Format: int32
             * @description How many files there are in it.
             */
            files: number;
            /**
             * Format: int64
             * @description Of the ZIP, in bytes.
             */
            size: number;
            /**
             * Format: int64
             * @description Of all its files together, in bytes.
             */
            unpacked_size: number;
        };
        /** @description Who made or changed something. */
        UserInfo: {
            email: string;
            full_name: string;
            /** Format: uuid */
            id: string;
        };
        /** @description An account. */
        UserResponse: {
            /**
             * Format: date-time
             * @description When it was registered.
             */
            created_at: string;
            /** @description As it was typed at registration. */
            email: string;
            /** @description For people. */
            full_name: string;
            /**
             * Format: uuid
             * @description Never changes.
             */
            id: string;
            /** @description Whether it may log in. */
            is_active: boolean;
            /** @description The same as FullName, for clients that look for it here. */
            name: string;
            /** @description Gets a message when a session changes; left out when there is none. */
            notification_webhook_url?: string;
        };
    };
    responses: {
        /** @description Bad Request */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Conflict */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Forbidden */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Internal Server Error */
        InternalServerError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not Acceptable */
        NotAcceptable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not Found */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Payload Too Large */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Precondition Failed */
        PreconditionFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Range Not Satisfiable */
        RangeNotSatisfiable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Service Unavailable */
        ServiceUnavailable: {
            headers: {
                /** @description After how many seconds it is worth another try. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too Many Requests */
        TooManyRequests: {
            headers: {
                /** @description After how many seconds it may be tried again. */
                "Retry-After": number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Unauthorized */
        Unauthorized: {
            headers: {
                /** @description Which credentials are taken. */
                "WWW-Authenticate": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Unprocessable Entity */
        UnprocessableEntity: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Unsupported Media Type */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAgents: {
        parameters: {
            query?: {
                /** @description Only agents made here, or only those known by their reports. */
                kind?: components["schemas"]["AgentKind"];
                /** @description Items in a page. */
                limit?: number;
                /** @description From 1. */
                page?: number;
                /** @description A part of the id or name, in any case; `%` and `_` are literal. */
                search?: string;
                /** @description Only agents of this stack. */
                stack_id?: string;
                /** @description A deployment status, or the status of the newest report: `running` finds both, `expired` those that fell silent while running. */
                status?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentsResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    updateAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
                /** @description The ETag of the state that the request is meant for, or several, or `*`. 412 when the state is another one by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        /** @description What to change. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateAgentRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    deleteAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the state that the request is meant for, or several, or `*`. 412 when the state is another one by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    replaceAgentCode: {
        parameters: {
            query?: {
                /** @description Only say what would come of it: the same answer as that of a dry run of `createAgent`, and nothing is stored. */
                dry_run?: boolean;
                /** @description How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds. */
                wait?: string;
            };
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
                /** @description The ETag of the state that the request is meant for, or several, or `*`. 412 when the state is another one by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["ReplaceCodeForm"];
            };
        };
        responses: {
            /** @description The revision; with `dry_run`, what would come of it. */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag?: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revision"] | components["schemas"]["CodePreview"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getAgentConfig: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentConfig"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    updateAgentConfig: {
        parameters: {
            query?: {
                /** @description How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds. */
                wait?: string;
            };
            header?: {
                /** @description The ETag of the state that the request is meant for, or several, or `*`. 412 when the state is another one by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        /** @description What to change. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentConfigPatch"];
                "application/merge-patch+json": components["schemas"]["AgentConfigPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revision"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    followAgentEvents: {
        parameters: {
            query?: {
                /** @description The same, for clients that can't set headers; the header goes first. */
                last_event_id?: number;
                /** @description Only these types, separated by commas; `session.*` stands for all that begin so. */
                types?: string;
            };
            header?: {
                /** @description The id of the last event that you have. */
                "Last-Event-ID"?: number;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of events that goes on until one side ends it. The schema is that of one event's data. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveEvent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getAgentLogs: {
        parameters: {
            query?: {
                /** @description Go on with what comes. */
                follow?: boolean;
                /** @description Only this pod's lines, as the answer names it. */
                pod?: string;
                /** @description Only what processes before the present ones wrote: the end of what a crashed or replaced one wrote is kept for a day. */
                previous?: boolean;
                /** @description Only lines with this text, in any case; `tail` counts those. */
                search?: string;
                /** @description Only from then on: a time as `2026-01-31T12:00:00Z`, or how long ago, as `10m` or `1h30m`. */
                since?: string;
                /** @description At most so many of the newest lines, 0…100,000. Without it 1,000, or with `since` all of them. */
                tail?: number;
            };
            header?: never;
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The log, one line after the other. In JSON lines the schema is that of one line. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["AgentLogLine"];
                    "text/plain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getAgentMute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mute"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    muteAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        /** @description Until when. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["MuteRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mute"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    unmuteAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    restartAgent: {
        parameters: {
            query?: {
                /** @description How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds. */
                wait?: string;
            };
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listAgentRevisions: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the answer before. */
                cursor?: string;
                /** @description Revisions in the answer, 1 to 100. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevisionPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getAgentRevision: {
        parameters: {
            query?: {
                /** @description Adds `difference`: what distinguishes the revision from this one. Of secrets only the names are told. */
                compare_to?: number;
            };
            header?: never;
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
                /** @description The revision's number. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revision"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    downloadAgentRevisionCode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
                /** @description The revision's number. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description Partial Content */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            416: components["responses"]["RangeNotSatisfiable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    rollBackAgent: {
        parameters: {
            query?: {
                /** @description How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds. */
                wait?: string;
            };
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        /** @description To which revision. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RollBackRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag?: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revision"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listAgentSessions: {
        parameters: {
            query?: {
                /** @description `false` hides expired sessions, `true` the others. */
                expired?: boolean;
                /** @description Sessions in a page, 1 to 1,000. */
                limit?: number;
                /** @description From 1. */
                page?: number;
            };
            header?: never;
            path: {
                /** @description The agent's `agent_id`, percent-encoded; it may hold any character. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessions"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getAgentSession: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the answer before. */
                cursor?: string;
                /** @description Reports in the answer, 1 to 1,000. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The agent's `agent_id`, percent-encoded; it may hold any character. */
                agent_id: string;
                /** @description The session's topic, percent-encoded, or its UUID. */
                session_topic: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionWithHistory"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    deleteAgentSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The agent's `agent_id`, percent-encoded; it may hold any character. */
                agent_id: string;
                /** @description The session's topic, percent-encoded, or its UUID. */
                session_topic: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    startAgent: {
        parameters: {
            query?: {
                /** @description How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds. */
                wait?: string;
            };
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getAgentStats: {
        parameters: {
            query?: {
                /** @description RFC 3339, percent-encoded; a week before the end by default. */
                from?: string;
                /** @description RFC 3339, percent-encoded, excluded; now by default. */
                to?: string;
            };
            header?: never;
            path: {
                /** @description The agent's `agent_id`, percent-encoded; it may hold any character. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentStats"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getAgentStatus: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the answer before. */
                cursor?: string;
                /** @description Reports in `history`, 1 to 1,000. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The agent's `agent_id`, percent-encoded; it may hold any character. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentStatusReport"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    stopAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The `agent_id`, percent-encoded; or the UUID in `id`. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeysResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The key's name, life and scopes. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateApiKey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    /** @description Where the new one is; absent when it has no address of its own. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKeyResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listAuditEntries: {
        parameters: {
            query?: {
                /** @description Only such deeds, for example `agent.deleted`. */
                action?: string;
                /** @description Only what this user did. */
                actor_id?: string;
                /** @description `next_cursor` of the answer before. */
                cursor?: string;
                /** @description RFC 3339, percent-encoded. */
                from?: string;
                /** @description Entries in the answer, 1 to 1,000. */
                limit?: number;
                /** @description Only this resource, which may be gone. */
                resource_id?: string;
                /** @description Only this kind of resource: `stack`, `agent`, `session`, `api_key`, `notification_endpoint` or `account`. */
                resource_type?: string;
                /** @description Only this stack and what is in it. */
                stack_id?: string;
                /** @description RFC 3339, percent-encoded, excluded. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    login: {
        parameters: {
            query?: {
                /** @description Leave the refresh token out of the body. */
                use_cookies?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description E-mail address and password. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            406: components["responses"]["NotAcceptable"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listLogins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginsResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    endLogin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The login's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    logout: {
        parameters: {
            query?: {
                /** @description End every login of the user, on every device. */
                all?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The refresh token, where there is no cookie. */
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RefreshTokenBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            406: components["responses"]["NotAcceptable"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    updateMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description What changes. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateMe"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The password as it is and as it will be. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    refresh: {
        parameters: {
            query?: {
                /** @description Leave the refresh token out of the body. */
                use_cookies?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The refresh token, where there is no cookie. */
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RefreshTokenBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            406: components["responses"]["NotAcceptable"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Who registers. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterUser"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description Where the new one is; absent when it has no address of its own. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    followEvents: {
        parameters: {
            query?: {
                /** @description Only of this agent: its `agent_id` or the UUID in `id`. It may be one that is yet to come. */
                agent_id?: string;
                /** @description The same, for clients that can't set headers; the header goes first. */
                last_event_id?: number;
                /** @description Only of this stack and its agents. */
                stack_id?: string;
                /** @description Only these types, separated by commas; `session.*` stands for all that begin so. */
                types?: string;
            };
            header?: {
                /** @description The id of the last event that you have. */
                "Last-Event-ID"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of events that goes on until one side ends it. The schema is that of one event's data. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveEvent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listNotificationDeliveries: {
        parameters: {
            query?: {
                /** @description Only about this agent, which may be gone: its `agent_id` or the UUID in `id`. */
                agent_id?: string;
                /** @description `next_cursor` of the answer before. */
                cursor?: string;
                /** @description Only to this endpoint, which may be gone. */
                endpoint_id?: string;
                /** @description Deliveries in the answer, 1 to 1,000. */
                limit?: number;
                /** @description Only those that stand so. */
                state?: components["schemas"]["DeliveryState"];
                /** @description Only of this type of event. */
                type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getNotificationDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The delivery's id. */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    redeliverNotification: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The delivery's id. */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listNotificationEndpoints: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationEndpoints"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    createNotificationEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description Where to, what about and in which format. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateNotificationEndpoint"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    /** @description Where the new one is; absent when it has no address of its own. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationEndpointWithSecret"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getNotificationEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The endpoint's id. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationEndpointDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    deleteNotificationEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The endpoint's id. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    updateNotificationEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The endpoint's id. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        /** @description What to change. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateNotificationEndpointRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationEndpointDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    rotateNotificationEndpointSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The endpoint's id. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationEndpointWithSecret"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    testNotificationEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The endpoint's id. */
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointTestResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listStacks: {
        parameters: {
            query?: {
                /** @description Items in a page. */
                limit?: number;
                /** @description From 1. */
                page?: number;
                /** @description A part of the name, in any case; `%` and `_` are literal. */
                search?: string;
                /** @description Only stacks with this status. */
                status?: components["schemas"]["StackStatus"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StackListItemPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    createStack: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateStackRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    /** @description Where the new one is; absent when it has no address of its own. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StackDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getStack: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                stack_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StackDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    updateStack: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
                /** @description The ETag of the state that the request is meant for, or several, or `*`. 412 when the state is another one by now. */
                "If-Match"?: string;
            };
            path: {
                stack_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateStackRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StackDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    deleteStack: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the state that the request is meant for, or several, or `*`. 412 when the state is another one by now. */
                "If-Match"?: string;
            };
            path: {
                stack_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listStackAgents: {
        parameters: {
            query?: {
                /** @description Items in a page. */
                limit?: number;
                /** @description From 1. */
                page?: number;
            };
            header?: never;
            path: {
                stack_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    createAgent: {
        parameters: {
            query?: {
                /** @description Only say what would come of it: 200 with that, nothing is stored, and what would be refused is refused. */
                dry_run?: boolean;
                /** @description How long to wait for the end of the deployment, 1 s to 10 min: `120s`, `2m`, or a number of seconds. */
                wait?: string;
            };
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The stack. */
                stack_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["CreateAgentForm"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodePreview"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    /** @description Changes with every change that a user makes, not with the status. For If-Match. */
                    ETag: string;
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    /** @description Where the new one is; absent when it has no address of its own. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getStackMute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The stack's id. */
                stack_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mute"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    muteStack: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with `Idempotency-Replayed: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The stack's id. */
                stack_id: string;
            };
            cookie?: never;
        };
        /** @description Until when. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["MuteRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description `true` where this is the answer to an earlier request with the same Idempotency-Key. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mute"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    unmuteStack: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The stack's id. */
                stack_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthAnswer"];
                };
            };
            406: components["responses"]["NotAcceptable"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthAnswer"];
                };
            };
            406: components["responses"]["NotAcceptable"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthAnswer"];
                };
            };
            406: components["responses"]["NotAcceptable"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getAgentSchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["InternalServerError"];
        };
    };
    reportStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportInput"] | components["schemas"]["ReportInput"][];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportsAccepted"];
                };
            };
            /** @description Multi-Status */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportsPartlyAccepted"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
