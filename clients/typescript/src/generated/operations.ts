// Generated from docs/openapi.json by `npm run generate`; not to be edited.

export const OPERATIONS = {
  "listItems": {
    "method": "GET",
    "path": "/items/{type}",
    "takesKey": false,
    "page": {
      "entries": "items",
      "next": "cursor"
    }
  },
  "getItem": {
    "method": "GET",
    "path": "/items/{type}/{id}",
    "takesKey": false,
    "page": null
  },
  "putItem": {
    "method": "PUT",
    "path": "/items/{type}/{id}",
    "takesKey": true,
    "page": null
  },
  "patchItem": {
    "method": "PATCH",
    "path": "/items/{type}/{id}",
    "takesKey": true,
    "page": null
  },
  "deleteItem": {
    "method": "DELETE",
    "path": "/items/{type}/{id}",
    "takesKey": true,
    "page": null
  },
  "listHistory": {
    "method": "GET",
    "path": "/items/{type}/{id}/history",
    "takesKey": false,
    "page": {
      "entries": "items",
      "next": "before"
    }
  },
  "getHistory": {
    "method": "GET",
    "path": "/items/{type}/{id}/history/{version}",
    "takesKey": false,
    "page": null
  },
  "getCommand": {
    "method": "GET",
    "path": "/items/{type}/{id}/commands/{version}",
    "takesKey": false,
    "page": null
  },
  "getExecution": {
    "method": "GET",
    "path": "/items/{type}/{id}/commands/{version}/execution",
    "takesKey": false,
    "page": null
  },
  "getObstacle": {
    "method": "GET",
    "path": "/items/{type}/{id}/commands/{version}/obstacle",
    "takesKey": false,
    "page": null
  },
  "retryCommand": {
    "method": "POST",
    "path": "/items/{type}/{id}/commands/{version}/retry",
    "takesKey": true,
    "page": null
  },
  "createTask": {
    "method": "POST",
    "path": "/tasks",
    "takesKey": true,
    "page": null
  },
  "listTasks": {
    "method": "GET",
    "path": "/tasks",
    "takesKey": false,
    "page": {
      "entries": "tasks",
      "next": "cursor"
    }
  },
  "getTask": {
    "method": "GET",
    "path": "/tasks/{id}",
    "takesKey": false,
    "page": null
  },
  "listSubTasks": {
    "method": "GET",
    "path": "/tasks/{id}/sub-tasks",
    "takesKey": false,
    "page": {
      "entries": "tasks",
      "next": "cursor"
    }
  },
  "cancelTask": {
    "method": "POST",
    "path": "/tasks/{id}/cancel",
    "takesKey": true,
    "page": null
  },
  "retryTask": {
    "method": "POST",
    "path": "/tasks/{id}/retry",
    "takesKey": true,
    "page": null
  },
  "createUpload": {
    "method": "POST",
    "path": "/uploads",
    "takesKey": true,
    "page": null
  },
  "createImport": {
    "method": "POST",
    "path": "/imports",
    "takesKey": true,
    "page": null
  },
  "listImports": {
    "method": "GET",
    "path": "/imports",
    "takesKey": false,
    "page": {
      "entries": "imports",
      "next": "cursor"
    }
  },
  "getImport": {
    "method": "GET",
    "path": "/imports/{id}",
    "takesKey": false,
    "page": null
  },
  "listRejectedRows": {
    "method": "GET",
    "path": "/imports/{id}/rejected-rows",
    "takesKey": false,
    "page": null
  },
  "listPassedOverRows": {
    "method": "GET",
    "path": "/imports/{id}/passed-over-rows",
    "takesKey": false,
    "page": null
  },
  "getRejectedRowsLink": {
    "method": "GET",
    "path": "/imports/{id}/rejected-rows/link",
    "takesKey": false,
    "page": null
  },
  "cancelImport": {
    "method": "POST",
    "path": "/imports/{id}/cancel",
    "takesKey": true,
    "page": null
  },
  "listApprovals": {
    "method": "GET",
    "path": "/approvals",
    "takesKey": false,
    "page": {
      "entries": "requests",
      "next": "cursor"
    }
  },
  "getApproval": {
    "method": "GET",
    "path": "/approvals/{id}",
    "takesKey": false,
    "page": null
  },
  "approve": {
    "method": "POST",
    "path": "/approvals/{id}/approve",
    "takesKey": true,
    "page": null
  },
  "reject": {
    "method": "POST",
    "path": "/approvals/{id}/reject",
    "takesKey": true,
    "page": null
  },
  "heartbeatApproval": {
    "method": "POST",
    "path": "/approvals/{id}/heartbeat",
    "takesKey": true,
    "page": null
  },
  "closeApproval": {
    "method": "POST",
    "path": "/approvals/{id}/close",
    "takesKey": true,
    "page": null
  },
  "createTicket": {
    "method": "POST",
    "path": "/tickets",
    "takesKey": false,
    "page": null
  },
  "listWorkflows": {
    "method": "GET",
    "path": "/workflows",
    "takesKey": false,
    "page": null
  },
  "listWorkflowExecutions": {
    "method": "GET",
    "path": "/workflows/{workflow}/executions",
    "takesKey": false,
    "page": {
      "entries": "executions",
      "next": "cursor"
    }
  },
  "startWorkflow": {
    "method": "POST",
    "path": "/workflows/{workflow}/executions",
    "takesKey": true,
    "page": null
  },
  "getDefinition": {
    "method": "GET",
    "path": "/machines/{machine}/definition",
    "takesKey": false,
    "page": null
  },
  "readExecution": {
    "method": "GET",
    "path": "/executions/{machine}/{name}",
    "takesKey": false,
    "page": null
  },
  "listStates": {
    "method": "GET",
    "path": "/executions/{machine}/{name}/states",
    "takesKey": false,
    "page": {
      "entries": "states",
      "next": "cursor"
    }
  },
  "listLogLines": {
    "method": "GET",
    "path": "/executions/{machine}/{name}/log",
    "takesKey": false,
    "page": {
      "entries": "lines",
      "next": "cursor"
    }
  },
  "listCommandLogLines": {
    "method": "GET",
    "path": "/items/{type}/{id}/commands/{version}/log",
    "takesKey": false,
    "page": {
      "entries": "lines",
      "next": "cursor"
    }
  },
  "listCommandExecutions": {
    "method": "GET",
    "path": "/items/{type}/{id}/commands/{version}/executions",
    "takesKey": false,
    "page": null
  },
  "listTaskExecutions": {
    "method": "GET",
    "path": "/tasks/{id}/executions",
    "takesKey": false,
    "page": null
  },
  "listImportExecutions": {
    "method": "GET",
    "path": "/imports/{id}/executions",
    "takesKey": false,
    "page": null
  },
  "listAllExecutions": {
    "method": "GET",
    "path": "/v1/environment/executions/{machine}",
    "takesKey": false,
    "page": {
      "entries": "executions",
      "next": "cursor"
    }
  },
  "listFindings": {
    "method": "GET",
    "path": "/v1/environment/findings",
    "takesKey": false,
    "page": {
      "entries": "findings",
      "next": "cursor"
    }
  },
  "repairFindings": {
    "method": "POST",
    "path": "/v1/environment/findings/repair",
    "takesKey": true,
    "page": null
  },
  "getFinding": {
    "method": "GET",
    "path": "/v1/environment/findings/{id}",
    "takesKey": false,
    "page": null
  },
  "repairFinding": {
    "method": "POST",
    "path": "/v1/environment/findings/{id}/repair",
    "takesKey": true,
    "page": null
  },
  "listFailedCommands": {
    "method": "GET",
    "path": "/failed-commands",
    "takesKey": false,
    "page": {
      "entries": "commands",
      "next": "cursor"
    }
  },
  "listDeadLetterSources": {
    "method": "GET",
    "path": "/v1/environment/dead-letters",
    "takesKey": false,
    "page": null
  },
  "listDeadLetters": {
    "method": "GET",
    "path": "/v1/environment/dead-letters/{source}",
    "takesKey": false,
    "page": null
  },
  "redriveDeadLetters": {
    "method": "POST",
    "path": "/v1/environment/dead-letters/{source}/redrive",
    "takesKey": true,
    "page": null
  },
  "getDeadLetter": {
    "method": "GET",
    "path": "/v1/environment/dead-letters/{source}/{id}",
    "takesKey": false,
    "page": null
  },
  "redriveDeadLetter": {
    "method": "POST",
    "path": "/v1/environment/dead-letters/{source}/{id}/redrive",
    "takesKey": true,
    "page": null
  },
  "discardDeadLetter": {
    "method": "POST",
    "path": "/v1/environment/dead-letters/{source}/{id}/discard",
    "takesKey": true,
    "page": null
  },
  "listDiscardedLetters": {
    "method": "GET",
    "path": "/v1/environment/discarded-letters",
    "takesKey": false,
    "page": {
      "entries": "letters",
      "next": "cursor"
    }
  },
  "listReadModels": {
    "method": "GET",
    "path": "/v1/environment/read-models",
    "takesKey": false,
    "page": null
  },
  "getReadModel": {
    "method": "GET",
    "path": "/v1/environment/read-models/{name}",
    "takesKey": false,
    "page": null
  },
  "estimateRebuild": {
    "method": "GET",
    "path": "/v1/environment/read-models/{name}/estimate",
    "takesKey": false,
    "page": null
  },
  "getReadModelRun": {
    "method": "GET",
    "path": "/v1/environment/read-models/{name}/run",
    "takesKey": false,
    "page": null
  },
  "rebuildReadModel": {
    "method": "POST",
    "path": "/v1/environment/read-models/{name}/rebuild",
    "takesKey": true,
    "page": null
  },
  "replayReadModel": {
    "method": "POST",
    "path": "/v1/environment/read-models/{name}/replay",
    "takesKey": true,
    "page": null
  },
  "cutOverReadModel": {
    "method": "POST",
    "path": "/v1/environment/read-models/{name}/cut-over",
    "takesKey": true,
    "page": null
  },
  "rollBackReadModel": {
    "method": "POST",
    "path": "/v1/environment/read-models/{name}/roll-back",
    "takesKey": true,
    "page": null
  },
  "cancelRebuild": {
    "method": "POST",
    "path": "/v1/environment/read-models/{name}/cancel",
    "takesKey": true,
    "page": null
  },
  "dropReadModel": {
    "method": "POST",
    "path": "/v1/environment/read-models/{name}/drop",
    "takesKey": true,
    "page": null
  },
  "listAlarms": {
    "method": "GET",
    "path": "/v1/environment/alarms",
    "takesKey": false,
    "page": {
      "entries": "alarms",
      "next": "cursor"
    }
  }
} as const;

export const PROBLEM_TYPES = [
  "urn:cqrs:problem:answer-too-large",
  "urn:cqrs:problem:approval-answered",
  "urn:cqrs:problem:approval-expired",
  "urn:cqrs:problem:body",
  "urn:cqrs:problem:body-too-large",
  "urn:cqrs:problem:busy",
  "urn:cqrs:problem:command-failed",
  "urn:cqrs:problem:command-in-progress",
  "urn:cqrs:problem:condition",
  "urn:cqrs:problem:content-encoding",
  "urn:cqrs:problem:content-type",
  "urn:cqrs:problem:contention",
  "urn:cqrs:problem:deleted",
  "urn:cqrs:problem:execution-exists",
  "urn:cqrs:problem:fault",
  "urn:cqrs:problem:idempotency-key",
  "urn:cqrs:problem:idempotency-key-reused",
  "urn:cqrs:problem:invalid-item",
  "urn:cqrs:problem:item-too-large",
  "urn:cqrs:problem:letter-stays",
  "urn:cqrs:problem:method",
  "urn:cqrs:problem:needs-a-person",
  "urn:cqrs:problem:no-errors-file",
  "urn:cqrs:problem:no-history",
  "urn:cqrs:problem:no-live-channel",
  "urn:cqrs:problem:no-principal",
  "urn:cqrs:problem:no-route",
  "urn:cqrs:problem:no-upload",
  "urn:cqrs:problem:not-found",
  "urn:cqrs:problem:path",
  "urn:cqrs:problem:predecessor-failed",
  "urn:cqrs:problem:query",
  "urn:cqrs:problem:request-in-progress",
  "urn:cqrs:problem:role",
  "urn:cqrs:problem:sync-handler-refused",
  "urn:cqrs:problem:tenant",
  "urn:cqrs:problem:validation",
  "urn:cqrs:problem:version-already-applied",
  "urn:cqrs:problem:version-conflict",
  "urn:cqrs:problem:version-gap"
] as const;
