extension MCPEndpoint {
    static func resourceMethods(_ provider: any ResourceProvider<Principal>) -> [String: Method<Principal>] {
        [
            "resources/list": Method { params, context in
                let page = try await provider.resources(after: try cursor(params), context: context)
                var result: JSONObject = ["resources": .array(page.resources.map { .object($0.json(for: context.version)) })]
                result["nextCursor"] = page.nextCursor.map(JSONValue.string)
                return Reply(result: result, cache: provider.cachePolicy)
            },
            "resources/templates/list": Method { params, context in
                // All templates are on the first page, so that no cursor was ever given out.
                guard try cursor(params) == nil else { throw ProtocolError.invalidCursor }
                let templates = try await provider.templates(context: context)
                return Reply(
                    result: ["resourceTemplates": .array(templates.map { .object($0.json(for: context.version)) })],
                    cache: provider.cachePolicy)
            },
            "resources/read": Method(nameParameter: "uri", takesInput: true) { params, context in
                guard let uri = params["uri"]?.stringValue else { throw ProtocolError(.invalidParams, "uri must be a string") }
                guard let contents = try await provider.contents(of: uri, context: context), !contents.isEmpty else {
                    throw ProtocolError(
                        context.version.era == .modern ? .invalidParams : .resourceNotFound, "Resource not found",
                        data: ["uri": .string(uri)])
                }
                return Reply(result: ["contents": .array(contents.map(\.json))], cache: provider.cachePolicy)
            },
        ]
    }
}
