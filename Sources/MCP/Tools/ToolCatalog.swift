/// The tools of a server, by name and in the order of their names.
struct ToolCatalog<Principal: Sendable>: Sendable {
    let tools: [Tool<Principal>]
    private let byName: [String: Tool<Principal>]

    /// Whether callers see different lists.
    let dependsOnPrincipal: Bool

    init(_ tools: [Tool<Principal>]) {
        precondition(Set(tools.map(\.name)).count == tools.count, "two tools have the same name")
        self.tools = tools.sorted { $0.name < $1.name }
        byName = Dictionary(uniqueKeysWithValues: tools.map { ($0.name, $0) })
        dependsOnPrincipal = tools.contains { $0.isVisible != nil }
    }

    func visible(to principal: Principal) -> [Tool<Principal>] { tools.filter { $0.isVisible?(principal) ?? true } }

    func tool(named name: String, for principal: Principal) -> Tool<Principal>? {
        guard let tool = byName[name], tool.isVisible?(principal) ?? true else { return nil }
        return tool
    }
}
