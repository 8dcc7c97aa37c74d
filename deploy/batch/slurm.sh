#!/bin/sh
# A planned batch in 100 parts on a cluster whose machines share a disk:
#
#   wasserfarbe batch plan --content /shared/photos --style painting.jpg -o /shared/batch
#   sbatch slurm.sh /shared/batch
#
# A part that was ended goes on when it is queued again; what is painted is not painted again.
#SBATCH --job-name=paint
#SBATCH --array=0-99%20
#SBATCH --cpus-per-task=4
#SBATCH --mem=9G
#SBATCH --requeue
#SBATCH --signal=B:TERM@120
set -eu
# So that the signal reaches the program and not this shell alone.
exec wasserfarbe batch run "$1" --painters "$SLURM_CPUS_PER_TASK" --shard "$SLURM_ARRAY_TASK_ID/100"
