extension MCPEndpoint {
    static func completionMethods(
        _ provider: any CompletionProvider<Principal>, prompts: NamedCatalog<Prompt<Principal>, Principal>
    ) -> [String: Method<Principal>] {
        [
            "completion/complete": Method { params, context in
                let request = try completionRequest(params)
                if case .prompt(let name) = request.reference {
                    guard let prompt = prompts.item(named: name, for: context.principal) else {
                        throw ProtocolError(.invalidParams, "Unknown prompt: \(shortened(name))")
                    }
                    guard prompt.arguments.contains(where: { $0.name == request.argument }) else {
                        throw ProtocolError(.invalidParams, "The prompt has no argument \(shortened(request.argument))")
                    }
                }
                return Reply(result: ["completion": try await provider.complete(request, context: context).json])
            }
        ]
    }

    private static func completionRequest(_ params: JSONObject) throws(ProtocolError) -> CompletionRequest {
        let reference: CompletionRequest.Reference
        switch (params["ref"]?["type"]?.stringValue, params["ref"]?["name"]?.stringValue, params["ref"]?["uri"]?.stringValue) {
        case ("ref/prompt", let name?, _): reference = .prompt(name)
        case ("ref/resource", _, let uri?): reference = .resource(uri)
        default: throw ProtocolError(.invalidParams, "ref must be a ref/prompt with a name or a ref/resource with a uri")
        }
        guard let name = params["argument"]?["name"]?.stringValue, let value = params["argument"]?["value"]?.stringValue else {
            throw ProtocolError(.invalidParams, "argument must have a name and a value, both strings")
        }
        guard value.utf8.count <= 1024 else { throw ProtocolError(.invalidParams, "argument.value has more than 1024 bytes") }
        let others = (params["context"]?["arguments"]?.objectValue?.members ?? []).compactMap { member in
            member.value.stringValue.map { (member.key, $0) }
        }
        return CompletionRequest(
            reference: reference, argument: name, value: value, others: Dictionary(others, uniquingKeysWith: { first, _ in first }))
    }
}
