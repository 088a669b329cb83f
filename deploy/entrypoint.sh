#!/bin/sh
# Takes the settings of a folder, then becomes the command. NOT RUN HERE in a container; a test runs it as a script.
# Each file in secrets/ is a variable by its name, so that no secret stands in a container's description.
set -eu
folder="${1:?the folder of settings is missing}"
shift
if [ -f "$folder/marketing.env" ]; then
    set -a
    . "$folder/marketing.env"
    set +a
fi
for file in "$folder"/secrets/*; do
    [ -f "$file" ] || continue
    value="$(cat "$file")"
    export "$(basename "$file")=$value"
done
exec "$@"
