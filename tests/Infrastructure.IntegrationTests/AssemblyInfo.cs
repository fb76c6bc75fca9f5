// Tests that may run beside each other wait for a cluster most of the time, so there may be more of them than processors.
[assembly: LevelOfParallelism(6)]
