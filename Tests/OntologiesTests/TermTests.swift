import Ontologies
import TestSupport
import Testing

/// What is read of each syntax.
struct TermTests {
    private static let obo = """
        format-version: 1.2
        data-version: releases/2026-01-01
        default-namespace: small
        idspace: EX http://example.org/ex/
        ontology: small
        property_value: http://purl.org/dc/terms/title "Small things" xsd:string
        property_value: http://purl.org/dc/terms/license http://example.org/license

        ! a comment
        [Term]
        id: GO:1
        name: whole {source="x"} ! a comment
        namespace: things
        alt_id: GO:7
        def: "All of it, with \\"quotes\\" and \\n a line." [PMID:1, GOC:x]
        comment: Rarely seen.
        synonym: "entirety" EXACT []
        synonym: "sum" BROAD layman [X:1]
        xref: http\\://example.org/a\\,b "name"

        [Term]
        id: EX:2
        name: part
        is_a: GO:1 {is_inferred="true"} ! whole
        relationship: part_of GO:1 {x="y"} ! whole

        [Term]
        id: GO:3
        name: old part
        is_obsolete: true
        replaced_by: EX:2
        consider: GO:1

        [Typedef]
        id: part_of
        name: part of
        """

    @Test
    func `OBO gives labels, synonyms, definitions, parents, relations and what replaces a term`() async throws {
        let ontology = try await OntologyData.parse(Self.obo, "small.obo")
        #expect(ontology.title == "Small things")
        #expect(ontology.version == "releases/2026-01-01")
        #expect(ontology.license == "http://example.org/license")
        #expect(ontology.terms.map(\.id) == ["EX:2", "GO:1", "GO:3", "part_of"])
        let (part, whole, old, relation) = (ontology.terms[0], ontology.terms[1], ontology.terms[2], ontology.terms[3])
        #expect(whole.iri == "http://purl.obolibrary.org/obo/GO_1")
        #expect(whole.label == "whole")
        #expect(whole.namespace == "things")
        #expect(whole.alternativeIDs == ["GO:7"])
        #expect(whole.definition == "All of it, with \"quotes\" and \n a line.")
        #expect(whole.comment == "Rarely seen.")
        #expect(whole.synonyms == [Term.Synonym("entirety", .exact), Term.Synonym("sum", .broad)])
        #expect(whole.crossReferences == ["http://example.org/a,b"])
        #expect(part.iri == "http://example.org/ex/2")
        #expect(part.namespace == "small")
        #expect(part.parents == ["GO:1"])
        #expect(part.relations.map(\.property) == ["part_of"])
        #expect(part.relations.map(\.target) == ["GO:1"])
        #expect(old.isObsolete)
        #expect(old.replacedBy == ["EX:2"])
        #expect(old.consider == ["GO:1"])
        #expect(relation.iri == "http://purl.obolibrary.org/obo/small#part_of")
        #expect(relation.kind == .property)
        #expect(ontology.problemCount == 0)
    }

    private static let turtle = """
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix obo: <http://purl.obolibrary.org/obo/> .
        @prefix in: <http://www.geneontology.org/formats/oboInOwl#> .
        @prefix dc: <http://purl.org/dc/terms/> .
        obo:small.owl a owl:Ontology ; dc:title "Small things" ; owl:versionInfo "1" .
        obo:GO_1 a owl:Class ; rdfs:label "whole", "Ganzes"@de ; obo:IAO_0000115 "All of it." ; in:hasExactSynonym "entirety" ;
          in:hasAlternativeId "GO:7" ; in:hasDbXref "X:1" ; rdfs:comment "Rarely seen." .
        obo:GO_2 a owl:Class ; rdfs:label "part" ; rdfs:subClassOf obo:GO_1 ,
          [ a owl:Restriction ; owl:onProperty obo:BFO_0000050 ; owl:someValuesFrom obo:GO_1 ] ,
          [ a owl:Restriction ; owl:onProperty obo:BFO_0000050 ;
            owl:someValuesFrom [ a owl:Class ; owl:unionOf ( obo:GO_1 [ owl:complementOf obo:GO_2 ] ) ] ] .
        obo:GO_3 a owl:Class ; owl:deprecated true ; obo:IAO_0100001 obo:GO_2 .
        obo:BFO_0000050 a owl:ObjectProperty ; rdfs:label "part of" .
        """

    @Test
    func `Turtle gives the same, and classes without a name in words`() async throws {
        let ontology = try await OntologyData.parse(Self.turtle, "small.ttl")
        #expect(ontology.title == "Small things")
        #expect(ontology.terms.map(\.id) == ["GO:1", "GO:2", "GO:3", "BFO:0000050"])
        let whole = ontology.terms[0]
        #expect(whole.label == "whole")
        #expect(whole.translations.map(\.text) == ["Ganzes"])
        #expect(whole.definition == "All of it.")
        #expect(whole.comment == "Rarely seen.")
        #expect(whole.synonyms == [Term.Synonym("entirety", .exact)])
        #expect(whole.alternativeIDs == ["GO:7"])
        #expect(whole.crossReferences == ["X:1"])
        #expect(ontology.terms[1].parents == ["GO:1"])
        #expect(ontology.terms[1].relations.map(\.property) == ["BFO:0000050", "BFO:0000050"])
        #expect(ontology.terms[1].relations.map(\.target) == ["GO:1", "GO:1 or not GO:2"])
        #expect(ontology.terms[2].isObsolete)
        #expect(ontology.terms[2].replacedBy == ["GO:2"])
    }

    @Test
    func `N-Triples are read as what they are`() async throws {
        let text = """
            <http://x.org/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2002/07/owl#Class> .
            <http://x.org/a> <http://www.w3.org/2000/01/rdf-schema#label> "caf\\u00e9"@fr .
            """
        let ontology = try await OntologyData.parse(text, "a.nt")
        #expect(ontology.format == .nTriples)
        #expect(ontology.statements == 2)
        #expect(ontology.terms.map(\.label) == ["café"])
    }

    @Test
    func `SKOS gives labels in English, alternative labels, and both directions of broader`() async throws {
        let text = """
            @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
            @prefix ex: <http://example.org/animals#> .
            ex: a skos:ConceptScheme ; skos:prefLabel "Animals" .
            ex:animal a skos:Concept ; skos:prefLabel "animal"@en, "bête"@fr ; skos:narrower ex:cat .
            ex:cat a skos:Concept ; skos:prefLabel "chat"@fr, "cat"@en ; skos:altLabel "pussy cat"@en ; skos:hiddenLabel "kat" ;
              skos:definition "It purrs."@en ; skos:related ex:dog ; skos:inScheme ex: .
            ex:dog a skos:Concept ; skos:prefLabel "dog"@en ; skos:broader ex:animal .
            """
        let ontology = try await OntologyData.parse(text, "a.ttl")
        #expect(ontology.title == "Animals")
        #expect(ontology.terms.map(\.id) == ["ex:animal", "ex:cat", "ex:dog"])
        let cat = ontology.terms[1]
        #expect(cat.label == "cat")
        #expect(cat.translations.map(\.text) == ["chat"])
        #expect(cat.synonyms == [Term.Synonym("pussy cat", .alternative), Term.Synonym("kat", .related)])
        #expect(cat.definition == "It purrs.")
        #expect(cat.parents == ["ex:animal"])
        #expect(cat.relations.map(\.target) == ["ex:dog"])
        #expect(ontology.terms[2].parents == ["ex:animal"])
    }

    @Test
    func `An OBO graph in JSON gives terms and edges`() async throws {
        let text = """
            {"graphs": [{"id": "http://x.org/g", "nodes": [
              {"id": "http://purl.obolibrary.org/obo/GO_1", "lbl": "whole", "type": "CLASS", "meta": {
                "definition": {"val": "All of it."}, "synonyms": [{"pred": "hasExactSynonym", "val": "entirety"}],
                "xrefs": [{"val": "X:1"}]}},
              {"id": "http://purl.obolibrary.org/obo/GO_2", "lbl": "part", "type": "CLASS", "meta": {"deprecated": true}},
              {"id": "http://purl.obolibrary.org/obo/GO_9"}],
             "edges": [{"sub": "http://purl.obolibrary.org/obo/GO_2", "pred": "is_a", "obj": "http://purl.obolibrary.org/obo/GO_1"}]}]}
            """
        let ontology = try await OntologyData.parse(text, "a.json")
        #expect(ontology.terms.map(\.id) == ["GO:1", "GO:2"])
        #expect(ontology.terms[0].synonyms == [Term.Synonym("entirety", .exact)])
        #expect(ontology.terms[1].parents == ["GO:1"])
        #expect(ontology.terms[1].isObsolete)
    }

    @Test(.enabled(if: TestData.isExpected))
    func `The syntaxes of one real ontology agree on its terms`() async throws {
        let obo = try #require(OntologyData.bytes("go-nucleus.obo"))
        let owl = try #require(OntologyData.bytes("go-nucleus.owl"))
        let json = try #require(OntologyData.bytes("go-nucleus.json"))
        let turtle = try #require(OntologyData.bytes("go-nucleus.owl.ttl"))
        func labels(_ bytes: [UInt8], _ name: String) async throws -> [String: String] {
            let terms = try await OntologyData.parse(bytes, name).terms.filter { $0.kind == .concept && !$0.label.isEmpty }
            return Dictionary(uniqueKeysWithValues: terms.map { ($0.id, $0.label) })
        }
        let expected = try await labels(obo, "a.obo")
        #expect(expected.count == 176)
        #expect(try await labels(owl, "a.owl") == expected)
        #expect(try await labels(turtle, "a.ttl") == expected)
        // The JSON of this release labels one class more than the other files.
        #expect(try await labels(json, "a.json").filter { expected[$0.key] != nil } == expected)
    }

    @Test
    func `The page of a term holds its names and links, and no markup of strangers`() async throws {
        let text = """
            ontology: x
            [Term]
            id: X:1
            name: <script>alert(1)</script>
            def: "- [a](javascript:x) *b* `c`" []
            synonym: "other # name" NARROW []
            is_obsolete: true
            replaced_by: X:2
            [Term]
            id: X:2
            name: good
            """
        let ontology = try await OntologyData.parse(text, "a.obo")
        let page = TermPages(ontology).page(of: ontology.terms[0])
        #expect(
            page == ##"""
                # \<script\>alert(1)\</script\>

                **Obsolete.** Use instead: [good](<http://purl.obolibrary.org/obo/X_2>).

                \- \[a\](javascript:x) \*b\* \`c\`

                Also called: other \# name (narrow).

                Identifier: X:1, [http://purl.obolibrary.org/obo/X\_1](<http://purl.obolibrary.org/obo/X_1>)

                """##)
        #expect(TermPages.checksum(page).count == 64)
    }

    @Test
    func `The registry names the file of an ontology, or says why there is none`() async throws {
        let text = """
            {"ontologies": [
              {"id": "a", "activity_status": "active", "ontology_purl": "http://x.org/a.owl", "license": {"label": "CC0"},
               "products": [{"id": "a.owl", "ontology_purl": "http://x.org/a.owl"}, {"id": "a.obo", "ontology_purl": "http://x.org/a.obo"}]},
              {"id": "b", "activity_status": "inactive"}]}
            """
        let registry = try OntologyRegistry(Array(text.utf8))
        #expect(try registry.entry("A").address == "http://x.org/a.obo")
        #expect(try registry.entry("a").licenseName == "CC0")
        #expect(throws: OntologyError.self) { try registry.entry("b") }
        #expect(throws: OntologyError.self) { try registry.entry("c") }
        #expect(throws: OntologyError.self) { try OntologyRegistry([1, 2]) }
    }

    @Test(.enabled(if: TestData.isExpected))
    func `The real registry has all its ontologies`() throws {
        let real = try OntologyRegistry(try #require(OntologyData.bytes("obofoundry-registry.jsonld")))
        #expect(real.entries.count == 266)
        #expect(try real.entry("symp").address == "http://purl.obolibrary.org/obo/symp.obo")
    }
}
