import APIModel
import Domain
import Hummingbird

/// Who may read which library, for operators.
struct LibraryRoutes: Sendable {
    let store: any LibraryAccessStore

    private static let name = Parameter.segment("name", "library", pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,200}$") { text in
        Limits.nameLength.contains(text.unicodeScalars.count) && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    var routes: [Route] {
        [
            Route(
                .get, "/v1/libraries/{name}/access", .scope(.admin),
                Operation("getLibraryAccess", .documentation, "Who may read a library"), Self.name, answer: show),
            Route(
                .put, "/v1/libraries/{name}/access", .scope(.admin),
                Operation("setLibraryAccess", .documentation, "Sets who may read a library"), Self.name,
                Parameter<LibraryAccessDetail>.body, answer: set),
        ]
    }

    @Sendable private func show(_ call: Call, name: String) async throws -> Answer<LibraryAccessDetail> {
        guard let readers = try await store.readers(library: name) else { throw Fault.notFound("library", Call.shown(name)) }
        return Answer(LibraryAccessDetail(readers))
    }

    @Sendable private func set(_ call: Call, name: String, body: LibraryAccessDetail) async throws -> Answer<LibraryAccessDetail> {
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
        return Answer(LibraryAccessDetail(stored))
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
