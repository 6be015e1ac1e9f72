#!/bin/bash
# Runs the recipe below, and reports once how that went: also when the recipe never ends, as one does that ends in a
# server.
set -u
umask 077
mkdir -p /var/lib/rollcall

cat > /var/lib/rollcall/recipe.sh <<'END OF THE RECIPE'
END OF THE RECIPE

cat > /var/lib/rollcall/report.sh <<'END OF THE REPORTER'
END OF THE REPORTER

chmod 0700 /var/lib/rollcall/recipe.sh /var/lib/rollcall/report.sh
# In a session of its own: it goes on when cloud-init is done with this script.
setsid /var/lib/rollcall/report.sh < /dev/null > /var/log/rollcall-report.log 2>&1 &

/var/lib/rollcall/recipe.sh
code=$?
echo "$code" > /var/lib/rollcall/exit-code
exit "$code"
