import Domain
import MCP

/// Completes the variables of the sections' template and the arguments of the prompts, with what the caller may see.
struct AgentCompletions: CompletionProvider {
    let directory: any SectionDirectory

    func complete(_ request: CompletionRequest, context: MCP.RequestContext<Principal>) async throws -> Completion {
        // One more than may be shown, so that it is known whether there are more.
        let (limit, access) = (Completion.maximumCount + 1, context.principal.access)
        let prefix = request.value
        // Nothing that long exists, and the database need not look for it.
        guard prefix.utf8.count <= 2_000, !prefix.utf8.contains(0) else { return Completion([String]()) }
        switch request.reference {
        case .resource:
            switch SectionResources.Variable(rawValue: request.argument) {
            case .documentation:
                return Completion(try await directory.documentations(prefix: prefix, limit: limit, access: access).map(\.description))
            case .path:
                guard let id = request.others[SectionResources.Variable.documentation.rawValue].flatMap({ DocumentationID($0) }) else {
                    return Completion([String]())
                }
                return Completion(try await directory.paths(of: id, prefix: prefix, limit: limit, access: access))
            case nil: return Completion([String]())
            }
        case .prompt:
            switch request.argument {
            case "library": return Completion(try await directory.libraries(prefix: prefix, limit: limit, access: access))
            case "version", "from_version", "to_version":
                let library = request.others["library"].flatMap { $0.isEmpty ? nil : $0 }
                return Completion(try await directory.versions(of: library, prefix: prefix, limit: limit, access: access))
            default: return Completion([String]())
            }
        }
    }
}
