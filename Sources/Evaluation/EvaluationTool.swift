import ArgumentParser

/// Measurements of the product against real documentation and against its peers; not shipped.
@main
struct EvaluationTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Evaluation", abstract: "Measures search quality and speed.",
        subcommands: [
            QualityCommand.self, PipelineCommand.self, EmbeddingCommand.self, JobsCommand.self, SearchCommand.self, OntologyCommand.self,
            ArchivesCommand.self, CatalogCommand.self, GitHubCommand.self, ResilienceCommand.self,
        ])
}
