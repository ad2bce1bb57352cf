/// What callers find by name and see in lists.
protocol Named<Principal>: Sendable {
    associatedtype Principal
    var name: String { get }
    var isVisible: (@Sendable (Principal) -> Bool)? { get }
}

extension Tool: Named {}
extension Prompt: Named {}

/// The tools or prompts of a server, by name and in the order of their names.
struct NamedCatalog<Item: Named<Principal>, Principal: Sendable>: Sendable {
    let items: [Item]
    private let byName: [String: Item]

    /// Whether callers see different lists.
    let dependsOnPrincipal: Bool

    init(_ items: [Item]) {
        precondition(Set(items.map(\.name)).count == items.count, "two tools or two prompts have the same name")
        self.items = items.sorted { $0.name < $1.name }
        byName = Dictionary(uniqueKeysWithValues: items.map { ($0.name, $0) })
        dependsOnPrincipal = items.contains { $0.isVisible != nil }
    }

    func item(named name: String, for principal: Principal) -> Item? {
        guard let item = byName[name], item.isVisible?(principal) ?? true else { return nil }
        return item
    }

    /// One page of what `principal` may see. The cursor names the last item of its page, so that it survives a deployment that adds some.
    func page(
        after cursor: String?, size: Int, scope: String, for principal: Principal
    ) throws(ProtocolError) -> (items: ArraySlice<Item>, nextCursor: String?) {
        var visible = items.filter { $0.isVisible?(principal) ?? true }[...]
        if let cursor {
            guard let place = OpaqueCursor(decoding: cursor, scope: scope) else { throw ProtocolError.invalidCursor }
            visible = visible.drop { $0.name <= place.position }
        }
        let page = visible.prefix(size)
        guard page.count < visible.count, let last = page.last else { return (page, nil) }
        return (page, OpaqueCursor(scope: scope, position: last.name).encoded)
    }
}
