/// Which libraries a caller may know of: part of every question that a store answers for somebody, so that no statement can forget it. What a
/// caller may not see is answered as if it were not there.
package enum LibraryAccess: Sendable, Hashable {
    /// Everything: the service itself, and those who operate it.
    case all
    /// Exactly what an access list names.
    case only(AccessList)
    /// The public libraries, and of the private ones those that one of `groups` may read, whole or in part.
    case open(groups: Set<String>)

    /// The public libraries and no others.
    package static let publicOnly = LibraryAccess.open(groups: [])

    /// Bytes of a group's name.
    package static let groupLength = 1...200
    /// Groups of a caller that count; the rest of a longer list is left out.
    package static let groupLimit = 200

    /// The same text for the same access, and another for every other; nil for ``all``.
    package var fingerprint: String? {
        func joined(_ kind: String, _ names: some Sequence<String>) -> String { ([kind] + names.sorted()).joined(separator: "\u{1f}") }
        return switch self {
        case .all: nil
        case .only(let list): joined("only", list.libraries) + "\u{1e}" + joined("", list.documentations.map(\.description))
        case .open(let groups): joined("open", groups)
        }
    }

    /// Whether the caller may bring a library called `name` into being. A caller with groups may not: that a name is taken by a private library
    /// would show.
    package func mayCreate(library name: String) -> Bool {
        switch self {
        case .all: true
        case .only(let list): list.libraries.contains(name)
        case .open: false
        }
    }
}

/// What a key or a token may see: whole libraries, and single documentations of others.
package struct AccessList: Sendable, Hashable {
    /// In place of a name: every library.
    package static let everything = "*"
    /// Characters of a name.
    package static let nameLength = 1...200
    /// Names and documentations together.
    package static let limit = 200

    /// Names of libraries, whether or not they exist.
    package var libraries: Set<String>
    /// Documentations: a source is listed by the one that it fills.
    package var documentations: Set<DocumentationID>

    /// - Parameters: see the properties.
    package init(libraries: Set<String> = [], documentations: Set<DocumentationID> = []) {
        (self.libraries, self.documentations) = (libraries, documentations)
    }

    /// Whether it lists nothing.
    package var isEmpty: Bool { libraries.isEmpty && documentations.isEmpty }

    /// What the list comes to: no list is the public libraries, one with ``everything`` is all.
    package var access: LibraryAccess {
        if libraries.contains(Self.everything) { return .all }
        return isEmpty ? .publicOnly : .only(self)
    }
}
