"""What a deployment's load balancer does with requests: `colonnade routes table` and `colonnade routes explain`.

Both read what is declared, through `colonnade.model`, and import no cdktf, so that they answer at once.
"""
