#!/usr/bin/env nextflow
// Peaks or sequences of several samples: `cislens discover` for each, and with --shards N `cislens scan` of a genome or of
// sequences in N jobs, joined by `cislens merge`. Parameters and resources are in nextflow.config.
//
//   nextflow run workflows/nextflow --samples samples.tsv --output results
//
// --samples is tab-separated with a header: sample and sequences, and where it has them background and targets; empty or
// "." for none. Paths are relative to the folder that nextflow is started in.
//
// A job fails when cislens ends with another code than 0; only one that ran out of memory (137) is tried again, with
// more. A set in which nothing is found is no failure: its tables are empty, and its scan has no sites.bed.
//
// Written by the reference of DSL2. Its steps ran under Groovy 2.4 with stand-ins for the words of Nextflow, so that its
// commands are known to work; it has not run under Nextflow, which was not to be had where it was written. The same
// steps run and are tested as a Snakefile beside this folder.
nextflow.enable.dsl = 2

/** A file that may be missing: an empty list stages nothing. */
def optional(value) {
    (value && value != '.') ? file(value, checkIfExists: true) : []
}

/** BED and narrowPeak need the genome; FASTA and FASTQ bring their bases along. */
def is_regions(path) {
    path.toString() ==~ /(?i).*\.(bed|narrowPeak|broadPeak)(\.gz)?/
}

/** "--option file", or nothing when there is no file. */
def with_option(name, staged) {
    staged ? "${name} ${staged}" : ''
}

process DISCOVER {
    tag "${sample}"
    label 'discover'
    publishDir params.output, mode: 'copy'

    input:
    tuple val(sample), path(sequences, stageAs: 'sequences/*'), path(background, stageAs: 'background/*'),
        path(targets, stageAs: 'targets/*'), path(genome, stageAs: 'genome/*'), path(motif_db, stageAs: 'motifs/*')

    output:
    tuple val(sample), path("${sample}")

    script:
    def files = [with_option('--background', background), with_option('--targets', targets),
                 with_option('--genome', genome), with_option('--motif-db', motif_db)].findAll().join(' ')
    """
    ${params.cislens} discover ${sequences} ${files} -o ${sample} \\
        --threads ${task.cpus} --seed ${params.seed} ${params.discover_options}
    """
}

process SCAN {
    tag "${sample} ${shard}-of-${params.shards}"
    label 'scan'

    input:
    tuple val(sample), path(model), val(shard)
    path(sequences, stageAs: 'sequences/*')
    path(genome, stageAs: 'genome/*')

    output:
    tuple val(sample), path("part${shard}")

    script:
    """
    ${params.cislens} scan ${sequences ?: ''} ${with_option('--genome', genome)} -m ${model} -o part${shard} \\
        --shard ${shard}-of-${params.shards} --threads ${task.cpus} --seed ${params.seed} ${params.scan_options}
    """
}

process MERGE {
    tag "${sample}"
    label 'merge'
    publishDir params.output, mode: 'copy'

    input:
    tuple val(sample), path(parts)

    output:
    path("${sample}.scan")

    script:
    """
    ${params.cislens} merge ${parts} -o ${sample}.scan --threads ${task.cpus}
    """
}

workflow {
    if (!params.samples) {
        error "give the sheet of samples: --samples samples.tsv"
    }
    def samples = channel
        .fromPath(params.samples, checkIfExists: true)
        .splitCsv(header: true, sep: '\t')
        .map { row ->
            if (!row.sample || !row.sequences) {
                error "${params.samples}: a line without sample or sequences (tab-separated, with a header line)"
            }
            tuple(row.sample, file(row.sequences, checkIfExists: true), optional(row.background),
                  optional(row.targets), is_regions(row.sequences) ? optional(params.genome) : [], optional(params.motif_db))
        }
    DISCOVER(samples)

    if (params.shards > 0) {
        if (!params.scan_sequences && !params.genome) {
            error "--shards is given, but neither --scan_sequences nor --genome to scan"
        }
        def shards = channel.fromList((1..params.shards).toList())
        def with_genome = !params.scan_sequences || is_regions(params.scan_sequences)
        SCAN(DISCOVER.out.combine(shards), optional(params.scan_sequences),
             with_genome ? optional(params.genome) : [])
        MERGE(SCAN.out.groupTuple(size: params.shards as int))
    }
}
