"""How much of each part of a round a labeller was given: counted once, when a policy begins to limit it."""

from django.db import connection

from labelling.assignment.models import Lease, Portion
from labelling.projects.models import Project
from labelling.sampling.models import Item, Purpose

# One row a labeller and part; a lease of a later pass is another share of the part's work.
COUNT = f"""
INSERT INTO {Portion._meta.db_table} (labeller_id, part_id, n_given)
SELECT lease.labeller_id, item.part_id, COUNT(*)
FROM {Lease._meta.db_table} lease JOIN {Item._meta.db_table} item ON item.id = lease.item_id
WHERE item.project_id = %s AND item.part_id IS NOT NULL AND item.purpose = %s
GROUP BY lease.labeller_id, item.part_id
"""


def count_portions(*, project: Project) -> None:
    """Fill the project's portions anew from the leases of work items that there are.

    Call it in a transaction that holds the rows of the project's labellers, so that nothing is leased meanwhile.
    """
    Portion.objects.filter(part__round__project=project).delete()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [project.pk, Purpose.WORK])
