"""What one Terraform state holds: a stack per deployment, one for image repositories, one for the bucket of the
states.
"""
