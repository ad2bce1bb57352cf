import APIModel
import Domain
import Hummingbird

/// Who may read which library, for operators.
struct LibraryRoutes: Sendable {
    let store: any LibraryAccessStore

    var routes: [Route] {
        [
            Route(.get, "/v1/libraries/{name}/access", .scope(.admin), show),
            Route(.put, "/v1/libraries/{name}/access", .scope(.admin), set),
        ]
    }

    @Sendable private func show(_ call: Call) async throws -> Response {
        let name = call.parameters["name"] ?? ""
        guard let readers = try await store.readers(library: name) else { throw Fault.notFound("library", Call.shown(name)) }
        return try .json(LibraryAccessDetail(readers))
    }

    @Sendable private func set(_ call: Call) async throws -> Response {
        let name = call.parameters["name"] ?? ""
        guard Limits.nameLength.contains(name.count), !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw Fault.invalid(field: "name", "The name is too long or has control characters.", limit: "1 to 200 characters") }
        let body = try JSONBody.decode(
            LibraryAccessDetail.self, from: call, fields: LibraryAccessDetail.CodingKeys.allCases.map(\.rawValue))
        var readers = LibraryReaders(isPrivate: body.isPrivate, groups: try Self.groups(body.groups ?? [], "groups"))
        for (index, entry) in (body.sources ?? []).enumerated() {
            guard let source = SourceID(entry.sourceID) else {
                throw Fault.invalid(
                    field: "sources[\(index)].source_id", "The source is no identifier.", limit: "a UUID", hint: "List the sources.")
            }
            readers.sources[source, default: []].formUnion(try Self.groups(entry.groups, "sources[\(index)].groups"))
        }
        guard readers.groups.count + readers.sources.values.reduce(0, { $0 + $1.count }) <= LibraryReaders.limit else {
            throw Fault.invalid(field: "groups", "The library has too many readers.", limit: "\(LibraryReaders.limit)")
        }
        try await store.set(readers, library: name)
        guard let stored = try await store.readers(library: name) else { throw Fault.notFound("library", Call.shown(name)) }
        return try .json(LibraryAccessDetail(stored))
    }

    private static func groups(_ names: [String], _ field: String) throws(Fault) -> Set<String> {
        for name in names {
            guard LibraryAccess.groupLength.contains(name.utf8.count), !name.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                throw .invalid(field: field, "A group's name is empty, too long or has control characters.", limit: "1 to 200 bytes")
            }
        }
        return Set(names)
    }
}

extension LibraryAccessDetail {
    init(_ readers: LibraryReaders) {
        self.init(
            isPrivate: readers.isPrivate, groups: readers.groups.sorted(),
            sources: readers.sources.sorted { $0.key < $1.key }.map {
                SourceReaders(sourceID: $0.key.description, groups: $0.value.sorted())
            })
    }
}
