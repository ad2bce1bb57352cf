extension MCPEndpoint {
    static func taskMethods(_ provider: any TaskProvider<Principal>) -> [String: Method<Principal>] {
        /// The task that the request is about, for clients that have declared the extension.
        @Sendable func identifier(_ params: JSONObject, _ context: RequestContext<Principal>) throws -> String {
            guard context.acceptsTasks else { throw ProtocolError.missingClientCapabilities(TaskExtension.capability) }
            guard let id = params["taskId"]?.stringValue else { throw ProtocolError(.invalidParams, "taskId must be a string") }
            return id
        }
        let unknown = ProtocolError(.invalidParams, "There is no such task, or it has expired")
        return [
            "tasks/get": Method(eras: [.modern], nameParameter: "taskId") { params, context in
                guard let task = try await provider.task(try identifier(params, context), context: context) else { throw unknown }
                return Reply(result: task.detail(for: context.version))
            },
            "tasks/update": Method(eras: [.modern], nameParameter: "taskId") { params, context in
                let id = try identifier(params, context)
                guard let responses = params["inputResponses"]?.objectValue else {
                    throw ProtocolError(.invalidParams, "inputResponses must be an object")
                }
                guard try await provider.update(id, responses: responses, context: context) else { throw unknown }
                return Reply(result: JSONObject())
            },
            "tasks/cancel": Method(eras: [.modern], nameParameter: "taskId") { params, context in
                guard try await provider.cancel(try identifier(params, context), context: context) else { throw unknown }
                return Reply(result: JSONObject())
            },
        ]
    }
}
