// Generated from docs/openapi.json by `npm run generate`; not to be edited.

import type { JsonValue } from "../numbers.js";

export interface paths {
    "/v1/tenants/{tenant}/items/{type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the items of a type, by their ids
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an item
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["getItem"];
        /**
         * Publish the whole content of an item
         * @description Roles: administrator, publisher.
         */
        put: operations["putItem"];
        post?: never;
        /**
         * Publish that an item counts as deleted
         * @description Roles: administrator, publisher.
         */
        delete: operations["deleteItem"];
        options?: never;
        head?: never;
        /**
         * Publish some attributes of an item; the others stay
         * @description Roles: administrator, publisher.
         */
        patch: operations["patchItem"];
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the earlier states of an item, newest first
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}/history/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an earlier state of an item
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}/commands/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how a command does
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["getCommand"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}/commands/{version}/execution": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the status of the execution that works on a command
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["getExecution"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}/commands/{version}/obstacle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find out why no retry can apply a command
         * @description Roles: administrator, operator.
         */
        get: operations["getObstacle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}/commands/{version}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start the chain of a command again, from the first that was not applied
         * @description Roles: administrator, operator.
         */
        post: operations["retryCommand"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tasks, the newest first
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listTasks"];
        put?: never;
        /**
         * Make a task, or one of many sub-tasks
         * @description Roles: administrator, publisher.
         */
        post: operations["createTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a task or sub-task
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["getTask"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/tasks/{id}/sub-tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sub-tasks of a task, in their order
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listSubTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/tasks/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a task that nobody wants to go on with
         * @description Roles: administrator, operator.
         */
        post: operations["cancelTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/tasks/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a failed task again, or those of its sub-tasks that did not succeed
         * @description Roles: administrator, operator.
         */
        post: operations["retryTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a link to upload a file for an import
         * @description Roles: administrator, publisher.
         */
        post: operations["createUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List imports, the newest first
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listImports"];
        put?: never;
        /**
         * Import a CSV file that was uploaded
         * @description Roles: administrator, publisher.
         */
        post: operations["createImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an import with its counts as they are now
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["getImport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/imports/{id}/rejected-rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the first rows that were rejected so far, in the order of the file
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listRejectedRows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/imports/{id}/passed-over-rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the first rows that were passed over so far, in the order of the file
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listPassedOverRows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/imports/{id}/rejected-rows/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Make a link to download all rejected rows
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["getRejectedRowsLink"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/imports/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End an import that nobody wants to go on with
         * @description Roles: administrator, operator.
         */
        post: operations["cancelImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the requests that wait for an answer, the newest first; or those that are over
         * @description Roles: administrator, approver, operator.
         */
        get: operations["listApprovals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/approvals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a request with its subject
         * @description Roles: administrator, approver, operator.
         */
        get: operations["getApproval"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/approvals/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve what is asked for
         * @description Roles: administrator, approver.
         */
        post: operations["approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/approvals/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject it, and say why
         * @description Roles: administrator, approver.
         */
        post: operations["reject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/approvals/{id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keep the execution waiting whose heartbeat would be due
         * @description Roles: administrator, operator.
         */
        post: operations["heartbeatApproval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/approvals/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close a request that nobody shall answer; an answer that was given is delivered
         * @description Roles: administrator, operator.
         */
        post: operations["closeApproval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a ticket to the live channel, which lets one connection in
         * @description Roles: administrator, approver, operator, publisher, reader.
         */
        post: operations["createTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/workflows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the custom workflows
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listWorkflows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/workflows/{workflow}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tenant's executions of a workflow, among a page of all tenants'
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listWorkflowExecutions"];
        put?: never;
        /**
         * Start a custom workflow
         * @description Roles: administrator, publisher.
         */
        post: operations["startWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/machines/{machine}/definition": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the states of a machine, as it is deployed now
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["getDefinition"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/executions/{machine}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an execution
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["readExecution"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/executions/{machine}/{name}/states": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the states that an execution was in, in their order
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listStates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/executions/{machine}/{name}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what the function has logged at work on an execution, the oldest first
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listLogLines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}/commands/{version}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what the function has logged about a command's latest attempt, the oldest first
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listCommandLogLines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/items/{type}/{id}/commands/{version}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the executions of a command's latest attempts
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listCommandExecutions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/tasks/{id}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the executions of a task's latest attempts
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listTaskExecutions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/imports/{id}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the execution of an import
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listImportExecutions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/executions/{machine}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a machine's executions of all tenants, the newest first
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["listAllExecutions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/findings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find what is wrong, and what repairs it, as far as there is time to look
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["listFindings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/findings/repair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Repair what is safe to repair, as far as there is time
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        post: operations["repairFindings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/findings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look again at what a finding is about
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["getFinding"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/findings/{id}/repair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Repair what a finding is about, if that is safe
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        post: operations["repairFinding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/failed-commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the commands that failed, as far as there is time to look
         * @description Roles: administrator, operator, publisher, reader.
         */
        get: operations["listFailedCommands"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List all that has dead letters, with their numbers
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["listDeadLetterSources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/dead-letters/{source}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List dead letters with their reasons, without taking them away
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/dead-letters/{source}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give dead letters back, as many as there is time for
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        post: operations["redriveDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/dead-letters/{source}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a dead letter with its whole body
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["getDeadLetter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/dead-letters/{source}/{id}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a dead letter back
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        post: operations["redriveDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/dead-letters/{source}/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a dead letter up: keep it with who, when and why, and delete it
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        post: operations["discardDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/discarded-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the dead letters that were given up, with who, when and why
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["listDiscardedLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the read models, with their generations and newest runs
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["listReadModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how a read model stands
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["getReadModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}/estimate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell roughly what a rebuild would take; nothing is written
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["estimateRebuild"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how far a rebuild or replay has come
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["getReadModelRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}/rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Fill a new generation beside the living one, or go on with that
         * @description Roles: administrator. It takes the tenant `*`.
         */
        post: operations["rebuildReadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell items to a read model or sync handler again
         * @description Roles: administrator. It takes the tenant `*`.
         */
        post: operations["replayReadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}/cut-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a filled generation be read that waits for the word
         * @description Roles: administrator. It takes the tenant `*`.
         */
        post: operations["cutOverReadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}/roll-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let the generation before be read again
         * @description Roles: administrator. It takes the tenant `*`.
         */
        post: operations["rollBackReadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a rebuild, and remove what it has filled
         * @description Roles: administrator. It takes the tenant `*`.
         */
        post: operations["cancelRebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/read-models/{name}/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove the generation before
         * @description Roles: administrator. It takes the tenant `*`.
         */
        post: operations["dropReadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/environment/alarms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the alarms that are raised or lack data, and count the others
         * @description Roles: administrator, operator. It takes the tenant `*`.
         */
        get: operations["listAlarms"];
        put?: never;
        post?: never;
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
        Approval: {
            id: string;
            title: string;
            /** @enum {string} */
            status: "PENDING" | "APPROVED" | "REJECTED" | "EXPIRED";
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            answered_at: string | null;
            answered_by: string | null;
            is_answer_verified: boolean;
            reason: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            delivered_at: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            closed_at: string | null;
            cause: string | null;
            subject: {
                [key: string]: components["schemas"]["JsonValue"];
            };
        };
        ApprovalSummary: {
            id: string;
            title: string;
            /** @enum {string} */
            status: "PENDING" | "APPROVED" | "REJECTED" | "EXPIRED";
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            answered_at: string | null;
            answered_by: string | null;
            is_answer_verified: boolean;
            reason: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            delivered_at: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            closed_at: string | null;
            cause: string | null;
        };
        ApprovalPage: {
            requests: components["schemas"]["ApprovalSummary"][];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
            damaged: components["schemas"]["DamagedItem"][];
        };
        Command: {
            type: string;
            id: string;
            version: number;
            /** @enum {string} */
            status: "PUBLISHED" | "FINISHED" | "FAILED";
            sync_mode: string;
            error: string | null;
            cause: string | null;
            attempt: number;
            request_id: string;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            created_at: string;
            created_by: string | null;
            is_author_verified: boolean;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            finished_at: string | null;
        };
        DamagedItem: {
            key: string;
            problem: string;
        };
        Execution: {
            /** @description Such as RUNNING; null if there is none, or none can be alive. */
            status: string | null;
        };
        HistoryPage: {
            items: components["schemas"]["ItemState"][];
            /** @description Give it to the next request to go on; null on the last page. */
            before: number | null;
            damaged: components["schemas"]["DamagedItem"][];
        };
        Import: {
            id: string;
            target: string;
            upload: string;
            mode: string;
            publish_mode: string;
            status: string;
            counts: {
                [key: string]: number;
            };
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            created_at: string;
            created_by: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            started_at: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            finished_at: string | null;
            error: string | null;
            cause: string | null;
            passed_over: number;
            encoding: string;
        };
        /** @description A target of imports that the application has. */
        ImportTarget: string;
        ImportPage: {
            imports: components["schemas"]["Import"][];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
            damaged: components["schemas"]["DamagedItem"][];
        };
        Item: {
            type: string;
            id: string;
            version: number;
            name: string;
            attributes: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            is_deleted: boolean;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            created_at: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            updated_at: string;
            /** @description The version to build on; the ETag has it too. */
            newest_version?: number;
            /** @description Of the newest command; null if all are applied. */
            status?: string | null;
        };
        ItemPage: {
            items: components["schemas"]["ItemState"][];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
            damaged: components["schemas"]["DamagedItem"][];
        };
        ItemState: {
            type: string;
            id: string;
            version: number;
            name: string;
            attributes: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            is_deleted: boolean;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            created_at: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            updated_at: string;
        };
        /** @description A JSON value. Its numbers are those that DynamoDB keeps. */
        JsonValue: JsonValue;
        Link: {
            url: string;
            expires_in: number;
            rows: number;
        };
        Made: {
            id: string;
        };
        Obstacle: {
            /** @description Why no retry can apply the command; null if one can, or if it is applied. */
            obstacle: {
                error?: string;
                cause?: string;
            } | null;
        };
        Problem: {
            /** @description The kind of problem, a URN. */
            type: string;
            title: string;
            status: number;
            /** @description The fault, its place, and what to do. */
            detail: string;
            /** @description Identity of the request, by which the log has it. */
            instance: string;
            errors?: {
                detail: string;
                pointer?: string;
                parameter?: string;
            }[];
            /** @description Of a version-conflict: the newest version. */
            current_version?: number;
        };
        Published: {
            type: string;
            id: string;
            /** @description The version that the item has, or gets. */
            version: number;
            /** @description False if the item says just that already. */
            changed: boolean;
        };
        Restarts: {
            restarted: {
                version: number;
                attempt: number;
            }[];
        };
        Rows: {
            rows: {
                [key: string]: components["schemas"]["JsonValue"];
            }[];
        };
        Task: {
            id: string;
            type: string;
            /** @enum {string} */
            kind: "SINGLE" | "STEP_FUNCTION" | "SUB_TASK";
            status: string;
            counters: {
                [key: string]: number;
            } | null;
            input: components["schemas"]["JsonValue"];
            result: components["schemas"]["JsonValue"];
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            created_at: string;
            created_by: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            started_at: string | null;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            finished_at: string | null;
            error: string | null;
            cause: string | null;
            attempt: number;
        };
        TaskPage: {
            tasks: components["schemas"]["Task"][];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
            damaged: components["schemas"]["DamagedItem"][];
        };
        /** @description A type of task that the application has. */
        TaskType: string;
        Ticket: {
            /** @description Lets one connection in, once. */
            ticket: string;
            /** @description Connect here, by a WebSocket; it has the ticket. */
            url: string;
            /** @description Seconds within which to connect. */
            expires_in: number;
        };
        Upload: {
            /** @description Name it when you make the import. */
            upload: string;
            method: string;
            /** @description Send the file here. */
            url: string;
            /** @description Send these headers with it. */
            headers: {
                [key: string]: string;
            };
            /** @description Seconds. */
            expires_in: number;
        };
        Alarm: {
            /** @description Without the environment's prefix. */
            name: string;
            /** @enum {string} */
            state: "ALARM" | "INSUFFICIENT_DATA";
            /** @description Its meaning, and the remedy. */
            description: string;
            /** @description Why it has this state, in CloudWatch's words. */
            reason: string;
            /**
             * Format: date-time
             * @description When it came to this state; null if CloudWatch does not say.
             */
            since: string | null;
        };
        AlarmPage: {
            /** @description Those of the page that are not OK. */
            alarms: components["schemas"]["Alarm"][];
            /** @description How many alarms of the page are OK. */
            quiet: number;
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
        };
        CommandExecutions: {
            executions: {
                machine: string;
                /** @description Null of an Express execution, which nobody can ask for. */
                name: string | null;
                status: string | null;
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                started: string | null;
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                stopped: string | null;
                attempt: number;
            }[];
            /** @enum {string} */
            lane: "standard" | "express";
        };
        DeadLetter: {
            id: string;
            source: string;
            /** @description Key of the item that it is about, if it tells one: `pk` and `sk`. */
            item: {
                [key: string]: string;
            } | null;
            /** @description UTC, ISO 8601; empty if SQS does not say. */
            sent_at: string;
            error: string;
            reason: string;
            /** @description In lists its beginning. */
            body: string;
            /** @description A body that the letter cannot hold, as far as it is known. */
            set_aside: {
                [key: string]: unknown;
            } | null;
        };
        DeadLetterPage: {
            letters: components["schemas"]["DeadLetter"][];
            /** @description How many there are besides. */
            not_shown: number;
        };
        DeadLetterSources: {
            sources: {
                source: string;
                letters: number;
            }[];
        };
        Definition: {
            machine: string;
            /** @description Amazon States Language, without what names resources. */
            definition: {
                [key: string]: components["schemas"]["JsonValue"];
            };
        };
        DiscardedLetter: {
            id: string;
            result: string;
            /** @description Address of what is kept. */
            record: string;
        };
        DiscardedLetterPage: {
            letters: {
                record: string;
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                discarded_at: string;
                by: string;
                why: string;
                source: string;
                message: string;
            }[];
            damaged: string[];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
        };
        ExecutionAttempts: {
            executions: {
                machine: string;
                name: string;
                /** @enum {string} */
                status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                started: string;
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                stopped: string | null;
                attempt: number;
            }[];
        };
        ExecutionPage: {
            executions: {
                machine: string;
                name: string;
                /** @enum {string} */
                status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                started: string;
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                stopped: string | null;
            }[];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
        };
        ExecutionStates: {
            states: {
                /** @description Number of the event with which it began. */
                id: number;
                state: string;
                type: string;
                /** @enum {string} */
                status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "CAUGHT";
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                entered: string;
                /**
                 * Format: date-time
                 * @description UTC, ISO 8601.
                 */
                exited: string | null;
                /** @description JSON, cut to `characters`. */
                input: string | null;
                input_is_cut: boolean;
                /** @description JSON, cut to `characters`. */
                output: string | null;
                output_is_cut: boolean;
                error: string | null;
                cause: string | null;
                failed_tries: number;
                /** @description Number of the map's item, from 0; else null. */
                iteration: number | null;
            }[];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
            /** @description False if the history is too long to be read to its end. */
            is_complete: boolean;
            /**
             * @description Of the execution.
             * @enum {string}
             */
            status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
        };
        FailedCommandPage: {
            commands: components["schemas"]["Command"][];
            damaged: string[];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
        };
        FindingPage: {
            findings: {
                /** @description A word by which it is found again. */
                id: string;
                examination: string;
                problem: string;
                subject: string;
                detail: string;
                /** @description Whether `repair` is safe without a look at the cause. */
                can_be_repaired: boolean;
                advice: string;
                /** @description Requests that help, the first one first. */
                remedies: {
                    /** @enum {string} */
                    does: "repair" | "retry" | "redrive" | "cancel";
                    method: string;
                    path: string;
                }[];
                /** @description The place of the executions of what it is about, which show what happened. */
                executions: string | null;
            }[];
            /** @description Examinations that this page has brought to an end. */
            examined: string[];
            not_examined: {
                examination: string;
                reason: string;
            }[];
            /** @description All of them, in their order. */
            examinations: string[];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
        };
        FindingsAgain: {
            findings: {
                /** @description A word by which it is found again. */
                id: string;
                examination: string;
                problem: string;
                subject: string;
                detail: string;
                /** @description Whether `repair` is safe without a look at the cause. */
                can_be_repaired: boolean;
                advice: string;
                /** @description Requests that help, the first one first. */
                remedies: {
                    /** @enum {string} */
                    does: "repair" | "retry" | "redrive" | "cancel";
                    method: string;
                    path: string;
                }[];
                /** @description The place of the executions of what it is about, which show what happened. */
                executions: string | null;
            }[];
        };
        LogLine: {
            /** @description Tells it from others. */
            id: string;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            at: string;
            /** @enum {string} */
            level: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";
            message: string;
            /** @description The execution that called the function; null of other calls. */
            execution: string | null;
            /** @description The state that did, likewise. */
            state: string | null;
            /** @description Id of the invocation that wrote it. */
            invocation: string | null;
            /** @description All else that it says, such as `command`, `error` and `fault`. */
            keys: {
                [key: string]: unknown;
            };
            /** @description Of an unexpected error, for operators and administrators; else null. */
            traceback: string | null;
        };
        LogPage: {
            lines: components["schemas"]["LogLine"][];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
            /**
             * Format: date-time
             * @description When the log was read; lines of before may still come.
             */
            read_at: string;
        };
        ReadModel: {
            name: string;
            item_types: string[];
            versions: number[];
            living: {
                generation: number;
                version: number;
            };
            building: {
                generation: number;
                version: number;
            } | null;
            previous: {
                generation: number;
                version: number;
            } | null;
            run: components["schemas"]["ReadModelRun"] | null;
        };
        ReadModelGenerations: {
            living: number;
            previous: number | null;
        };
        ReadModelRun: {
            model: string;
            run: string;
            /** @enum {string} */
            kind: "rebuild" | "replay" | "drop";
            /** @enum {string} */
            phase: "fill" | "settle" | "verify" | "clear" | "ready" | "done" | "cancelled";
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            begun_at: string;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            phase_at: string;
            /** @description The one that is filled or removed; null of a replay. */
            generation: number | null;
            /** @description Whether it shows each item in all of its versions. */
            from_history: boolean;
            segments: number;
            rate: number;
            hold: boolean;
            /** @description By each phase what it has counted so far. */
            counts: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /** @description Some of the items that were refused or differ. */
            examples: string[];
        };
        ReadModels: {
            read_models: components["schemas"]["ReadModel"][];
        };
        RebuildEstimate: {
            items: number;
            /** @description False if a part was counted, and stands for all. */
            exact: boolean;
            seconds: number;
            usd: number;
        };
        Redrive: {
            letters: components["schemas"]["RedrivenLetter"][];
            /** @description How many are still to be tried: send the request again. */
            left: number;
            /** @description Why it stopped early; null if nothing was wrong. */
            stopped: string | null;
        };
        RedrivenLetter: {
            id: string;
            result: string;
            given_back: boolean;
        };
        RepairPage: {
            repairs: {
                /** @description A word by which it is found again. */
                id: string;
                examination: string;
                problem: string;
                subject: string;
                detail: string;
                repaired: boolean;
            }[];
            /** @description Examinations that this page has brought to an end. */
            examined: string[];
            not_examined: {
                examination: string;
                reason: string;
            }[];
            /** @description All of them, in their order. */
            examinations: string[];
            /** @description Give it to the next request to go on; null on the last page. */
            cursor: string | null;
        };
        Repairs: {
            repairs: {
                /** @description A word by which it is found again. */
                id: string;
                examination: string;
                problem: string;
                subject: string;
                detail: string;
                repaired: boolean;
            }[];
        };
        StartedWorkflow: {
            machine: string;
            name: string;
            /** @description False if there is one of this name already; while that runs, AWS may say true. */
            started: boolean;
        };
        WholeExecution: {
            machine: string;
            name: string;
            /** @enum {string} */
            status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            started: string;
            /**
             * Format: date-time
             * @description UTC, ISO 8601.
             */
            stopped: string | null;
            /** @description JSON, cut to `characters`. */
            input: string | null;
            input_is_cut: boolean;
            /** @description JSON, cut to `characters`. */
            output: string | null;
            output_is_cut: boolean;
            error: string | null;
            cause: string | null;
        };
        Workflows: {
            workflows: {
                name: string;
            }[];
        };
        /** @description An answer that API Gateway makes itself. */
        GatewayMessage: {
            message: string;
        };
    };
    responses: {
        /**
         * @description Bad Request.
         *     - `urn:cqrs:problem:body`: The body is not JSON, or not what the route takes.
         *     - `urn:cqrs:problem:condition`: If-Match or If-None-Match says no version.
         *     - `urn:cqrs:problem:idempotency-key`: Idempotency-Key is none.
         *     - `urn:cqrs:problem:path`: A segment of the path is not the encoding that it begins as.
         *     - `urn:cqrs:problem:query`: The query has a parameter that the route does not take, or a wrong value.
         *     - `urn:cqrs:problem:validation`: The request says what cannot be.
         */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:body" | "urn:cqrs:problem:condition" | "urn:cqrs:problem:idempotency-key" | "urn:cqrs:problem:path" | "urn:cqrs:problem:query" | "urn:cqrs:problem:validation";
                    /** @constant */
                    status?: 400;
                };
            };
        };
        /**
         * @description Unauthorized.
         *     - `urn:cqrs:problem:no-principal`: Nobody is known to ask.
         *     - API Gateway itself: It does not take the token.
         */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:no-principal";
                    /** @constant */
                    status?: 401;
                };
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /**
         * @description Forbidden.
         *     - `urn:cqrs:problem:role`: The principal has none of the roles that the route needs.
         *     - `urn:cqrs:problem:tenant`: The tenant is not one of the principal's.
         *     - API Gateway itself: It does not take the signature, or the caller may not call the API.
         */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:role" | "urn:cqrs:problem:tenant";
                    /** @constant */
                    status?: 403;
                };
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /**
         * @description Not Found.
         *     - `urn:cqrs:problem:deleted`: The item was deleted; `ETag` has the version that did it.
         *     - `urn:cqrs:problem:no-errors-file`: The import has no file of rejected rows.
         *     - `urn:cqrs:problem:no-history`: The execution has no history; Express executions have none.
         *     - `urn:cqrs:problem:no-live-channel`: The environment has no live channel.
         *     - `urn:cqrs:problem:no-route`: There is no such path.
         *     - `urn:cqrs:problem:not-found`: There is no such thing.
         */
        NotFound: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:deleted" | "urn:cqrs:problem:no-errors-file" | "urn:cqrs:problem:no-history" | "urn:cqrs:problem:no-live-channel" | "urn:cqrs:problem:no-route" | "urn:cqrs:problem:not-found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /**
         * @description Method Not Allowed.
         *     - `urn:cqrs:problem:method`: The path takes other methods, which `Allow` lists.
         */
        MethodNotAllowed: {
            headers: {
                Allow: components["headers"]["Allow"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:method";
                    /** @constant */
                    status?: 405;
                };
            };
        };
        /**
         * @description Conflict.
         *     - `urn:cqrs:problem:approval-answered`: Somebody has given another answer.
         *     - `urn:cqrs:problem:approval-expired`: The request for approval has expired.
         *     - `urn:cqrs:problem:command-in-progress`: A command is being applied.
         *     - `urn:cqrs:problem:execution-exists`: An execution has this name, and was started with another input.
         *     - `urn:cqrs:problem:letter-stays`: The dead letter was not handled, and stays.
         *     - `urn:cqrs:problem:needs-a-person`: No program can mend the fault.
         *     - `urn:cqrs:problem:no-upload`: The file that is to be imported was not uploaded.
         *     - `urn:cqrs:problem:predecessor-failed`: A command before this one has failed.
         *     - `urn:cqrs:problem:request-in-progress`: The request with this Idempotency-Key is on its way.
         *     - `urn:cqrs:problem:validation`: The state of the thing forbids it.
         *     - `urn:cqrs:problem:version-already-applied`: The version was applied before.
         *     - `urn:cqrs:problem:version-gap`: There is no version before it.
         */
        Conflict: {
            headers: {
                Location: components["headers"]["Location"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:approval-answered" | "urn:cqrs:problem:approval-expired" | "urn:cqrs:problem:command-in-progress" | "urn:cqrs:problem:execution-exists" | "urn:cqrs:problem:letter-stays" | "urn:cqrs:problem:needs-a-person" | "urn:cqrs:problem:no-upload" | "urn:cqrs:problem:predecessor-failed" | "urn:cqrs:problem:request-in-progress" | "urn:cqrs:problem:validation" | "urn:cqrs:problem:version-already-applied" | "urn:cqrs:problem:version-gap";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /**
         * @description Precondition Failed.
         *     - `urn:cqrs:problem:condition`: If-Match and If-None-Match cannot both hold.
         *     - `urn:cqrs:problem:version-conflict`: Another version is the newest, which `ETag` has.
         */
        PreconditionFailed: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:condition" | "urn:cqrs:problem:version-conflict";
                    /** @constant */
                    status?: 412;
                };
            };
        };
        /**
         * @description Content Too Large.
         *     - `urn:cqrs:problem:answer-too-large`: The answer is larger than Lambda gives back.
         *     - `urn:cqrs:problem:body-too-large`: The body is larger than Lambda takes.
         *     - `urn:cqrs:problem:item-too-large`: The item is larger than is stored.
         *     - API Gateway itself: The body has more than 10 MB.
         */
        ContentTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:answer-too-large" | "urn:cqrs:problem:body-too-large" | "urn:cqrs:problem:item-too-large";
                    /** @constant */
                    status?: 413;
                };
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /**
         * @description Unsupported Media Type.
         *     - `urn:cqrs:problem:content-encoding`: The body is compressed.
         *     - `urn:cqrs:problem:content-type`: The body is not sent as JSON.
         */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:content-encoding" | "urn:cqrs:problem:content-type";
                    /** @constant */
                    status?: 415;
                };
            };
        };
        /**
         * @description Unprocessable Content.
         *     - `urn:cqrs:problem:command-failed`: The command was stored and has failed.
         *     - `urn:cqrs:problem:idempotency-key-reused`: Idempotency-Key is another request's.
         *     - `urn:cqrs:problem:invalid-item`: The item does not fit its type.
         *     - `urn:cqrs:problem:sync-handler-refused`: A handler of the application has refused the command.
         */
        UnprocessableContent: {
            headers: {
                ETag: components["headers"]["ETag"];
                Location: components["headers"]["Location"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:command-failed" | "urn:cqrs:problem:idempotency-key-reused" | "urn:cqrs:problem:invalid-item" | "urn:cqrs:problem:sync-handler-refused";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /**
         * @description Too Many Requests.
         *     - API Gateway itself: There are more requests than the throttle lets through.
         */
        TooManyRequests: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /**
         * @description Request Header Fields Too Large.
         *     - API Gateway itself: The headers are too large.
         */
        RequestHeaderFieldsTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /**
         * @description Internal Server Error.
         *     - `urn:cqrs:problem:fault`: A fault of the service; the log has the reason.
         *     - API Gateway itself: The function has failed.
         */
        InternalServerError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:fault";
                    /** @constant */
                    status?: 500;
                };
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /**
         * @description Service Unavailable.
         *     - `urn:cqrs:problem:busy`: AWS could not do it just now; send the request again after `Retry-After`.
         *     - `urn:cqrs:problem:contention`: Others change the item at the same time; send it again after `Retry-After`.
         *     - API Gateway itself: The function has not answered in time, or AWS could not run it.
         */
        ServiceUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    type?: "urn:cqrs:problem:busy" | "urn:cqrs:problem:contention";
                    /** @constant */
                    status?: 503;
                };
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description A problem, or another answer of the application. */
        Problem: {
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
    headers: {
        /** @description The methods of the path. */
        Allow: string;
        /** @description The version, in quotes. */
        ETag: string;
        /** @description The path of what was made. */
        Location: string;
        /** @description Seconds to wait. */
        "Retry-After": number;
        /** @description How to be known. */
        "WWW-Authenticate": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listItems: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
                /** @description Whether items that were deleted are shown. */
                deleted?: boolean;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ItemPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getItem: {
        parameters: {
            query?: {
                /** @description Whether its newest command counts before it is applied. */
                pending?: boolean;
                /** @description Whether items that were deleted are shown. */
                deleted?: boolean;
            };
            header?: {
                /**
                 * @description The ETag that is known; 304 if the item still has it.
                 * @example "3"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item. */
            200: {
                headers: {
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Item"];
                };
            };
            /** @description It has the version of If-None-Match. */
            304: {
                headers: {
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    putItem: {
        parameters: {
            query?: {
                /** @description Whether to answer when the command was applied, or after 25 seconds. */
                sync?: boolean;
            };
            header?: {
                /**
                 * @description The ETag of the version that the change builds on; by default the newest.
                 * @example "3"
                 */
                "If-Match"?: string;
                /**
                 * @description The item must not exist, as this change makes it.
                 * @example *
                 */
                "If-None-Match"?: "*";
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "John F. Kennedy",
                 *       "attributes": {
                 *         "country": "US",
                 *         "city": "New York",
                 *         "runways": 4
                 *       }
                 *     }
                 */
                "application/json": {
                    name?: string;
                    attributes?: {
                        [key: string]: components["schemas"]["JsonValue"];
                    };
                };
            };
        };
        responses: {
            /** @description The item says just that already, or with `sync` it was applied. */
            200: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            /** @description With `sync`, the item was made. */
            201: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            /** @description It is published and will be applied. */
            202: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deleteItem: {
        parameters: {
            query?: {
                /** @description Whether to answer when the command was applied, or after 25 seconds. */
                sync?: boolean;
            };
            header?: {
                /**
                 * @description The ETag of the version that the change builds on; by default the newest.
                 * @example "3"
                 */
                "If-Match"?: string;
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item says just that already, or with `sync` it was applied. */
            200: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            /** @description It is published and will be applied. */
            202: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    patchItem: {
        parameters: {
            query?: {
                /** @description Whether to answer when the command was applied, or after 25 seconds. */
                sync?: boolean;
            };
            header?: {
                /**
                 * @description The ETag of the version that the change builds on; by default the newest.
                 * @example "3"
                 */
                "If-Match"?: string;
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "attributes": {
                 *         "runways": 5
                 *       }
                 *     }
                 */
                "application/json": {
                    name?: string;
                    attributes?: {
                        [key: string]: components["schemas"]["JsonValue"];
                    };
                };
            };
        };
        responses: {
            /** @description The item says just that already, or with `sync` it was applied. */
            200: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            /** @description It is published and will be applied. */
            202: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listHistory: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description Only versions below this one. */
                before?: number;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getHistory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
                /**
                 * @description The version that the command makes.
                 * @example 1
                 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state. */
            200: {
                headers: {
                    /** @description The version, in quotes. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ItemState"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getCommand: {
        parameters: {
            query?: {
                /** @description Whether to tell name and attributes too. */
                content?: boolean;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
                /**
                 * @description The version that the command makes.
                 * @example 1
                 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The command. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Command"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getExecution: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
                /**
                 * @description The version that the command makes.
                 * @example 1
                 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its status. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getObstacle: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
                /**
                 * @description The version that the command makes.
                 * @example 1
                 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The obstacle, if any. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Obstacle"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    retryCommand: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
                /**
                 * @description The version that the command makes.
                 * @example 1
                 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The commands that were started. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Restarts"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listTasks: {
        parameters: {
            query?: {
                /** @description Only tasks of this type. */
                type?: string;
                /** @description Only tasks of this status. */
                status?: "CREATED" | "QUEUED" | "PROCESSING" | "COMPLETED" | "FAILED" | "CANCELLED";
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "type": "route_distances",
                 *       "input": {
                 *         "origin": "JFK"
                 *       }
                 *     }
                 */
                "application/json": {
                    type: components["schemas"]["TaskType"];
                    input?: components["schemas"]["JsonValue"];
                    /** @description Instead of an input: those of its sub-tasks. */
                    items?: components["schemas"]["JsonValue"][];
                } & (unknown | unknown);
            };
        };
        responses: {
            /** @description It is made, and will be worked on. */
            202: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Made"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the task, as its making told it.
                 * @example TASK.route_distances.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listSubTasks: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the task, as its making told it.
                 * @example TASK.route_distances.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    cancelTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the task, as its making told it.
                 * @example TASK.route_distances.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "Sent by mistake."
                 *     }
                 */
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The task. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    retryTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the task, as its making told it.
                 * @example TASK.route_distances.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It will be worked on. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createUpload: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "file": "airports.csv"
                 *     }
                 */
                "application/json": {
                    file: string;
                };
            };
        };
        responses: {
            /** @description The link. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listImports: {
        parameters: {
            query?: {
                /** @description Only imports of this status. */
                status?: "CREATED" | "PROCESSING" | "COMPLETED" | "COMPLETED_WITH_ERRORS" | "FAILED" | "CANCELLED";
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createImport: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "target": "airports",
                 *       "upload": "01ARZ3NDEKTSV4RRFFQ69G5FAV-airports.csv",
                 *       "mode": "DIRECT"
                 *     }
                 */
                "application/json": {
                    target: components["schemas"]["ImportTarget"];
                    /** @description The upload that has the file. */
                    upload: string;
                    /** @enum {string} */
                    mode?: "DIRECT" | "STEP_FUNCTION";
                    /** @enum {string} */
                    publish_mode?: "SYNC" | "ASYNC";
                    /** @description Of the file; UTF-8 by default. */
                    encoding?: string;
                };
            };
        };
        responses: {
            /** @description It is made, and will be worked on. */
            202: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Made"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the import, as its making told it.
                 * @example airports.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The import. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listRejectedRows: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the import, as its making told it.
                 * @example airports.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows, each with its reasons. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rows"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listPassedOverRows: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the import, as its making told it.
                 * @example airports.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows, each with its reason. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rows"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getRejectedRowsLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the import, as its making told it.
                 * @example airports.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Link"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    cancelImport: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the import, as its making told it.
                 * @example airports.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "Sent by mistake."
                 *     }
                 */
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The import. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listApprovals: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
                /** @description Whether to list those that are over instead, by their ids. A page may then be empty; go on with its cursor until there is none. */
                over?: boolean;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getApproval: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the request within its tenant.
                 * @example close-JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The request. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    approve: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the request within its tenant.
                 * @example close-JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "As agreed."
                 *     }
                 */
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The request. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    reject: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the request within its tenant.
                 * @example close-JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "Too early."
                 *     }
                 */
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            /** @description The request. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    heartbeatApproval: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the request within its tenant.
                 * @example close-JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The request. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    closeApproval: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the request within its tenant.
                 * @example close-JFK
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "Sent by mistake."
                 *     }
                 */
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The request. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createTicket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ticket. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listWorkflows: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Their names. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workflows"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listWorkflowExecutions: {
        parameters: {
            query?: {
                /** @description Only those of this status. */
                status?: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Name of the custom workflow.
                 * @example country-report
                 */
                workflow: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those of the tenant; the next page may have more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutionPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    startWorkflow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Name of the custom workflow.
                 * @example country-report
                 */
                workflow: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "input": {
                 *         "country": "USA"
                 *       },
                 *       "name": "monthly"
                 *     }
                 */
                "application/json": {
                    /** @description The input; `tenant` is added to it, and may name no other. */
                    input: {
                        [key: string]: unknown;
                    };
                    /** @description By which the tenant starts it once; by default each request does. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description It is started. */
            202: {
                headers: {
                    /** @description The path of what was made. */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedWorkflow"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getDefinition: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Name of the state machine, as executions tell it.
                 * @example command-handler
                 */
                machine: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The definition. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Definition"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    readExecution: {
        parameters: {
            query?: {
                /** @description Of each input, output and cause at most. */
                characters?: number;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Name of the state machine, as executions tell it.
                 * @example command-handler
                 */
                machine: string;
                /**
                 * @description Name of the execution.
                 * @example JFK-v1-0a1b2c3d
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The execution. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeExecution"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listStates: {
        parameters: {
            query?: {
                /** @description Of each input, output and cause at most. */
                characters?: number;
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Name of the state machine, as executions tell it.
                 * @example command-handler
                 */
                machine: string;
                /**
                 * @description Name of the execution.
                 * @example JFK-v1-0a1b2c3d
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutionStates"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listLogLines: {
        parameters: {
            query?: {
                /** @description Only those of this state. */
                state?: string;
                /** @description Only those of this time or later. */
                since?: string;
                /** @description Only those of this time or earlier. */
                until?: string;
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Name of the state machine, as executions tell it.
                 * @example command-handler
                 */
                machine: string;
                /**
                 * @description Name of the execution.
                 * @example JFK-v1-0a1b2c3d
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, which may be empty; go on with its cursor until there is none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listCommandLogLines: {
        parameters: {
            query?: {
                /** @description Only those of this state. */
                state?: string;
                /** @description Only those of this time or later. */
                since?: string;
                /** @description Only those of this time or earlier. */
                until?: string;
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
                /**
                 * @description The version that the command makes.
                 * @example 1
                 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, which may be empty; go on with its cursor until there is none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listCommandExecutions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Type of the items.
                 * @example AIRPORT
                 */
                type: string;
                /**
                 * @description Id of the item.
                 * @example JFK
                 */
                id: string;
                /**
                 * @description The version that the command makes.
                 * @example 1
                 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The executions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandExecutions"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listTaskExecutions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the task, as its making told it.
                 * @example TASK.route_distances.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The executions; a task without sub-tasks has none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutionAttempts"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listImportExecutions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
                /**
                 * @description Id of the import, as its making told it.
                 * @example airports.01ARZ3NDEKTSV4RRFFQ69G5FAV
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The execution; an import in the mode DIRECT has none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutionAttempts"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listAllExecutions: {
        parameters: {
            query?: {
                /** @description Only those of this status. */
                status?: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Name of the state machine, as executions tell it.
                 * @example command-handler
                 */
                machine: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutionPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listFindings: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page; go on with its cursor until there is none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    repairFindings: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "limit": 20
                 *     }
                 */
                "application/json": {
                    /** @default 20 */
                    limit?: number;
                    cursor?: string;
                };
            };
        };
        responses: {
            /** @description A page; go on with its cursor until there is none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepairPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getFinding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the finding, as the list tells it.
                 * @example WyJjb21tYW5kcyIsICJBSVJQT1JUI2FjbWUiLCAiQUlSUE9SVCNKRktAMiJd
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its faults now; none if it moves again. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingsAgain"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    repairFinding: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Id of the finding, as the list tells it.
                 * @example WyJjb21tYW5kcyIsICJBSVJQT1JUI2FjbWUiLCAiQUlSUE9SVCNKRktAMiJd
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The repairs; none if it moves again. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Repairs"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listFailedCommands: {
        parameters: {
            query?: {
                /** @description Only those of items of this type. */
                type?: string;
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Code of the tenant.
                 * @example acme
                 */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, which may be empty; go on with its cursor until there is none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FailedCommandPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listDeadLetterSources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sources. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterSources"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The queue or table that it comes from.
                 * @example commands
                 */
                source: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those that were met, the oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    redriveDeadLetters: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The queue or table that it comes from.
                 * @example commands
                 */
                source: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "Mended."
                 *     }
                 */
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The outcome of each that was tried. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redrive"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The queue or table that it comes from.
                 * @example commands
                 */
                source: string;
                /**
                 * @description Id of the letter.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The letter. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetter"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    redriveDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The queue or table that it comes from.
                 * @example commands
                 */
                source: string;
                /**
                 * @description Id of the letter.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "Mended."
                 *     }
                 */
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description It was given back. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedrivenLetter"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    discardDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The queue or table that it comes from.
                 * @example commands
                 */
                source: string;
                /**
                 * @description Id of the letter.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "Withdrawn by the customer."
                 *     }
                 */
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            /** @description It was given up. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiscardedLetter"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listDiscardedLetters: {
        parameters: {
            query?: {
                /** @description Only those given up since this time. */
                since?: string;
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, of the oldest letters first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiscardedLetterPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listReadModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModels"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getReadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of the read model.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The read model. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    estimateRebuild: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of the read model.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The estimate. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RebuildEstimate"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getReadModelRun: {
        parameters: {
            query?: {
                /**
                 * @description Identity of the run; by default the rebuild under way, else the newest run.
                 * @example 01JD3Q8ZB1T6R4N7Y0S2V5W9XA
                 */
                run?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Name of the read model or sync handler.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModelRun"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    rebuildReadModel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Name of the read model.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "segments": 8,
                 *       "hold": true
                 *     }
                 */
                "application/json": {
                    /** @description Show each item in all of its versions, one after the other. */
                    from_history?: boolean;
                    /**
                     * @description Parts of the data table that are read side by side.
                     * @default 4
                     */
                    segments?: number;
                    /**
                     * @description Items a second at most; 0 for no bound.
                     * @default 0
                     */
                    rate?: number;
                    /** @description Let the filled generation wait for `cut-over`. */
                    hold?: boolean;
                    /** @description Go on with the rebuild that fills this generation, and begin none. */
                    generation?: number;
                };
            };
        };
        responses: {
            /** @description It is under way, and `run` tells how far. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModelRun"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    replayReadModel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Name of the read model or sync handler.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "types": [
                 *         "AIRPORT"
                 *       ],
                 *       "tenant": "acme"
                 *     }
                 */
                "application/json": {
                    /** @description Only items of these types; by default all it shows. */
                    types?: string[];
                    /** @description Only items of this tenant. */
                    tenant?: string;
                    /** @description Only items that changed since; ISO 8601 with a zone. */
                    since?: string;
                    /**
                     * @description Parts of the data table that are read side by side.
                     * @default 4
                     */
                    segments?: number;
                    /**
                     * @description Items a second at most; 0 for no bound.
                     * @default 0
                     */
                    rate?: number;
                };
            };
        };
        responses: {
            /** @description It is under way, and `run` tells how far. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModelRun"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    cutOverReadModel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Name of the read model.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "generation": 3
                 *     }
                 */
                "application/json": {
                    /** @description Number of the generation that is filled; 409 if it is another one by now. */
                    generation?: number;
                };
            };
        };
        responses: {
            /** @description The generations now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModelGenerations"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    rollBackReadModel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Name of the read model.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "generation": 1
                 *     }
                 */
                "application/json": {
                    /** @description Number of the generation that was read before; 409 if it is another one by now. */
                    generation?: number;
                };
            };
        };
        responses: {
            /** @description The generations now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModelGenerations"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    cancelRebuild: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Name of the read model.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "generation": 3
                 *     }
                 */
                "application/json": {
                    /** @description Number of the generation that is filled; 409 if it is another one by now. */
                    generation?: number;
                };
            };
        };
        responses: {
            /** @description It is under way, and `run` tells how far. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModelRun"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    dropReadModel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours is not done again, and gets the same answer.
                 * @example 0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Name of the read model.
                 * @example airports_by_country
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "generation": 1
                 *     }
                 */
                "application/json": {
                    /** @description Number of the generation that was read before; 409 if it is another one by now. */
                    generation?: number;
                };
            };
        };
        responses: {
            /** @description It is under way, and `run` tells how far. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadModelRun"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableContent"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listAlarms: {
        parameters: {
            query?: {
                /** @description Entries of a page at most; it may have fewer. */
                limit?: number;
                /** @description The cursor of the page before, unchanged. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, which may be empty; go on with its cursor until there is none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["RequestHeaderFieldsTooLarge"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
