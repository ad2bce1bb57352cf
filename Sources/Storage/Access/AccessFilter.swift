import Domain
import FoundationEssentials
import Postgres

/// The condition that keeps a statement to what its caller may see. In the statement itself, so that counts, pages and times are those of what
/// the caller may see, and nothing is read that is thrown away later.
enum AccessFilter {
    /// Over `portolan.documentation d` and `portolan.library l`.
    static func documentation(_ access: LibraryAccess) -> SQL {
        switch access {
        case .all: return "true"
        case .only(let list):
            return "(l.name = any(\(list.libraries.sorted())::text[]) or d.id = any(\(documentations(list))::uuid[]))"
        case .open(let groups):
            if groups.isEmpty { return "not l.is_private" }
            return """
                (not l.is_private or exists (select from portolan.access_grant g where g.grantee = any(\(groups.sorted())::text[])
                  and g.library_id = l.id and (g.documentation_id is null or g.documentation_id = d.id)))
                """
        }
    }

    /// Over `portolan.library l`: those of which the caller may see something.
    static func library(_ access: LibraryAccess) -> SQL {
        switch access {
        case .all: return "true"
        case .only(let list):
            return """
                (l.name = any(\(list.libraries.sorted())::text[]) or exists (select from portolan.documentation d
                  join portolan.library_version v on v.id = d.version_id
                  where v.library_id = l.id and d.id = any(\(documentations(list))::uuid[])))
                """
        case .open(let groups):
            if groups.isEmpty { return "not l.is_private" }
            return """
                (not l.is_private or exists (select from portolan.access_grant g
                  where g.grantee = any(\(groups.sorted())::text[]) and g.library_id = l.id))
                """
        }
    }

    /// Over `portolan.library l`: those that the caller may see as a whole, and so may write to.
    static func wholeLibrary(_ access: LibraryAccess) -> SQL {
        switch access {
        case .all: return "true"
        case .only(let list): return "l.name = any(\(list.libraries.sorted())::text[])"
        case .open(let groups):
            if groups.isEmpty { return "not l.is_private" }
            return """
                (not l.is_private or exists (select from portolan.access_grant g where g.grantee = any(\(groups.sorted())::text[])
                  and g.library_id = l.id and g.documentation_id is null))
                """
        }
    }

    /// Over `portolan.library_version v` and `portolan.library l`: those of which the caller may see something.
    static func version(_ access: LibraryAccess) -> SQL {
        if access == .all { return "true" }
        return """
            (\(wholeLibrary(access))
              or exists (select from portolan.documentation d where d.version_id = v.id and \(documentation(access))))
            """
    }

    /// Over a column that holds a documentation's identifier, such as `s.documentation_id`. The column stands outside of the inner statement, whose
    /// names it may therefore share.
    static func within(_ column: SQL, _ access: LibraryAccess) -> SQL {
        if access == .all { return "true" }
        return """
            \(column) in (select d.id from portolan.documentation d join portolan.library_version v on v.id = d.version_id
              join portolan.library l on l.id = v.library_id where \(documentation(access)))
            """
    }

    /// As ``within(_:_:)``, of those that the caller may write to: who sees part of a library reads it only.
    static func writable(_ column: SQL, _ access: LibraryAccess) -> SQL {
        if access == .all { return "true" }
        return """
            \(column) in (select d.id from portolan.documentation d join portolan.library_version v on v.id = d.version_id
              join portolan.library l on l.id = v.library_id where \(wholeLibrary(access)))
            """
    }

    private static func documentations(_ list: AccessList) -> [UUID] { list.documentations.sorted().map(\.uuid) }
}
